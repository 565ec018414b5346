// What a program outside of the project does with the installed library.
#include <iostream>

#include <ocikit/decode.hpp>
#include <ocikit/schema.hpp>

int main() {
    const auto document = ocikit::Document::parse(R"({"ociVersion": "1.3.0", "hostname": "h"})", "text");
    ocikit::Diagnostics found;
    ocikit::validate_schema(document, ocikit::DocumentType::config, found);
    const auto config = ocikit::decode_config(document, found);
    std::cout << config->hostname.value() << ' ' << found.size() << '\n';
}
