#include "archive/tar_headers.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

#include <ocikit/error.hpp>

namespace ocikit::archive {

namespace {

using namespace std::string_view_literals;

bool is_binary(std::string_view text) {
    return (static_cast<unsigned char>(text[0]) & 0x80) != 0;
}

std::uint64_t binary_number(std::string_view text) {
    const bool is_negative = (static_cast<unsigned char>(text[0]) & 0x40) != 0;
    std::uint64_t number = is_negative ? UINT64_MAX : static_cast<unsigned char>(text[0]) & 0x3fu;
    for (const char c : text.substr(1)) {
        if (number >> 55 != 0)
            return UINT64_MAX;
        number = number << 8 | static_cast<unsigned char>(c);
    }
    return number;
}

[[noreturn]] void cut_off() {
    throw Error("the archive is damaged or cut off");
}

}  // namespace

bool is_number_field(std::string_view header, const TarField& field) {
    const std::string_view text = header.substr(field.at, field.size);
    if (is_binary(text) || text.find_first_not_of('\0') == std::string_view::npos)
        return true;
    const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
    const std::size_t end = std::min(text.find_first_not_of("01234567", begin), text.size());
    return end > begin && text.find_first_not_of(" \0"sv, end) == std::string_view::npos;
}

std::uint64_t field_number(std::string_view header, const TarField& field) {
    const std::string_view text = header.substr(field.at, field.size);
    if (is_binary(text))
        return binary_number(text);
    std::uint64_t number = 0;
    const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
    std::from_chars(text.begin() + begin, text.end(), number, 8);
    return number;
}

bool is_special_header(std::string_view header) {
    return "xgLK"sv.find(header[type_at]) != std::string_view::npos;
}

void each_header(std::string_view headers,
                 const std::function<void(std::string_view, std::string_view)>& visit) {
    while (headers.size() >= tar_block) {
        const std::string_view header = headers.substr(0, tar_block);
        headers.remove_prefix(tar_block);
        if (!is_special_header(header))
            return visit(header, headers);
        const std::uint64_t size = field_number(header, size_field);
        if (size > headers.size())
            cut_off();
        visit(header, headers.substr(0, size));
        headers.remove_prefix(std::min(headers.size(), (size + tar_block - 1) / tar_block * tar_block));
    }
    cut_off();
}

bool each_record(std::string_view records,
                 const std::function<void(std::string_view, std::string_view)>& visit) {
    while (!records.empty()) {
        std::size_t size = 0;
        const auto [end, error] = std::from_chars(records.begin(), records.end(), size);
        const auto begin = static_cast<std::size_t>(end - records.begin()) + 1;
        if (error != std::errc() || size <= begin || size > records.size() || *end != ' ' ||
            records[size - 1] != '\n')
            return false;
        const std::string_view text = records.substr(begin, size - begin - 1);
        const std::size_t equal = text.find('=');
        if (equal == std::string_view::npos)
            return false;
        visit(text.substr(0, equal), text.substr(equal + 1));
        records.remove_prefix(size);
    }
    return true;
}

std::optional<std::string_view> last_record(std::string_view headers, std::string_view wanted) {
    std::optional<std::string_view> found;
    each_header(headers, [&](std::string_view header, std::string_view content) {
        if (header[type_at] != 'x')
            return;
        each_record(content, [&](std::string_view key, std::string_view value) {
            if (key == wanted)
                found = value;
        });
    });
    return found;
}

}  // namespace ocikit::archive
