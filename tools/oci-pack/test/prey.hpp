// Archives that oci-pack is to refuse, in a directory with something that is not to be touched.
#pragma once

#include <algorithm>
#include <string>

#include <boost/test/unit_test.hpp>

#include "archive/test/raw_tar.hpp"
#include "archive/test/tree.hpp"
#include "oci-pack/test/sample_bundle.hpp"
#include "support/temp_dir.hpp"

namespace ocikit::pack::test {

using namespace archive::test;
using ocikit::test::TempDir;

struct Case {
    std::string what;
    std::string bytes;
    const char* reason;  // a part of it
};

// Runs the program on archives in a directory with something beside it that is not to be touched.
class Prey : public TempDir {
  public:
    Prey() {
        write("inside/victim", "precious");
        write("victim", "precious");
        before_ = read_tree(path());
    }

    // Extract and verify have to refuse it with one and the same line, and a hint at most, and
    // leave nothing.
    void check(const Case& hostile) {
        BOOST_TEST_CONTEXT(hostile.what) {
            write("archive", hostile.bytes);
            const std::string extract = refusal("extract archive inside/out", "oci-pack: extract archive: ");
            BOOST_TEST(extract.find(hostile.reason) != std::string::npos, extract);
            BOOST_TEST(refusal("verify -q archive", "oci-pack: verify archive: ") == extract);
            refusal("list archive >/dev/null", "");
            Tree after = read_tree(path());
            after.erase("archive");
            after["inside"] = before_["inside"];  // something was in it for a while
            BOOST_TEST(differences(before_, after) == "");
        }
    }

    std::string refusal(const std::string& words, const std::string& begin) {
        const Outcome outcome = shell("cd " + path() + " && " + OCIKIT_OCI_PACK + " " + words);
        if (begin.empty()) {  // it need not notice, but mustn't fail in other ways
            BOOST_TEST(outcome.status <= 1, outcome.output);
            return {};
        }
        BOOST_TEST(outcome.status == 1, outcome.output);
        BOOST_TEST_REQUIRE(outcome.output.starts_with(begin), outcome.output);
        const std::string text = outcome.output.substr(begin.size());
        const auto lines = std::count(text.begin(), text.end(), '\n');
        BOOST_TEST((lines == 1 || (lines == 2 && text.find("\n  ") != std::string::npos)), text);
        return text;
    }

  private:
    Tree before_;
};

inline RawTar bundle() {
    return RawTar().add("config.json", '0', config_text()).add("rootfs", '5');
}

// Of an entry with one record before it.
inline std::string with_record(const std::string& key, const std::string& value, char type = '0') {
    return bundle().record(key, value).add("rootfs/x", type, type == '0' ? "x" : "").finished();
}

}  // namespace ocikit::pack::test
