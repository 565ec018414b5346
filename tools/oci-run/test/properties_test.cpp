// The tables testdata/run/*.json: a property of config.json, and what a container's program
// sees of it (probe/), or the words with which it is refused.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ocikit/encode.hpp>

#include "containers.hpp"
#include "merge_patch.hpp"
#include "support/skip.hpp"

namespace json = boost::json;
namespace fs = std::filesystem;

namespace ocikit::run::test {

namespace {

const std::string folder = OCIKIT_TESTDATA "/run";

json::value load(const std::string& file) {
    std::ostringstream text;
    text << std::ifstream(folder + "/" + file).rdbuf();
    return json::parse(text.str());
}

std::vector<std::string> tables() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder))
        names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
}

std::string text_of(const json::value& value) {
    return std::string(value.as_string());
}

// Why a case can't be run on this machine; "" if it can.
std::string missing(const std::string& need) {
    if (need == "v1" || need == "v2")
        return is_cgroup_v2() == (need == "v2") ? "" : "the cgroups here are not those of " + need;
    if (need == "CAP_SYS_RESOURCE")
        return has_capability(24) ? "" : "root has no CAP_SYS_RESOURCE here";
    if (need.starts_with("/"))
        return fs::exists(need) ? "" : "there is no " + need;
    throw std::logic_error("the table asks for what the test doesn't know: " + need);
}

void replace_all(std::string& text, const std::string& what, const std::string& by) {
    for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; at += by.size())
        text.replace(at, what.size(), by);
}

// Expectations: a value; {"has": […]} and {"lacks": […]} for lists; {"part": "…"} for texts.
bool meets(const json::value& found, const json::value& expected) {
    const json::object* const rule = expected.if_object();
    if (rule && (rule->contains("has") || rule->contains("lacks"))) {
        if (!found.is_array())
            return false;
        const auto contains = [&found](const json::value& one) {
            const auto& list = found.as_array();
            return std::find(list.begin(), list.end(), one) != list.end();
        };
        const auto* const has = rule->if_contains("has");
        const auto* const lacks = rule->if_contains("lacks");
        return (!has || std::all_of(has->as_array().begin(), has->as_array().end(), contains)) &&
               (!lacks || std::none_of(lacks->as_array().begin(), lacks->as_array().end(), contains));
    }
    if (rule && rule->contains("part"))
        return found.is_string() && text_of(found).find(text_of(rule->at("part"))) != std::string::npos;
    return found == expected;
}

// Numbers of namespaces differ from run to run.
void name_namespaces(json::value& report) {
    for (auto& [type, link] : report.at("surroundings").at("namespaces").as_object()) {
        std::error_code error;
        link = link == json::value(fs::read_symlink("/proc/self/ns/" + std::string(type), error).string())
                   ? "caller's"
                   : "own";
    }
}

class Case : public Containers {
  public:
    explicit Case(const json::object& row) : row_(row) {
#ifdef __SANITIZE_ADDRESS__  // no static program has that library, and no other runs in here
        std::ofstream(bundle.rootfs("/bin/probe")) << "#!/bin/sh\n";
        fs::permissions(bundle.rootfs("/bin/probe"), fs::perms(0755));
#else
        fs::copy_file(OCIKIT_PROBE, bundle.rootfs("/bin/probe"));
#endif
        // the root of a user namespace can't make them in what is the host's
        for (const char* const point : {"/proc", "/dev", "/sys", "/data"})
            fs::create_directory(bundle.rootfs(point));
        fs::create_directory(bundle.path() + "/source");
        std::ofstream(bundle.path() + "/source/file") << "from the host\n";
        bundle.config.process->args = {"/bin/probe"};
    }

    void check() {
        write_config();
        const Outcome outcome = oci_run(run_words());
        if (const auto* const words = row_.if_contains("refused")) {
            BOOST_TEST(outcome.status == 1, outcome);
            BOOST_TEST(has(outcome.err, filled(*words)), outcome);
            BOOST_TEST(outcome.out == "");
        } else if (outcome.status != 0) {
            BOOST_ERROR("exit status " << outcome.status << ": " << outcome.err);
        } else {
            check_warnings(outcome.err);
#ifndef __SANITIZE_ADDRESS__
            check_report(outcome.out);
#endif
        }
        check_nothing_is_left();
    }

  private:
    // {ID} and {BUNDLE} stand for what is known only now.
    std::string filled(const json::value& value) const {
        std::string text = value.is_string() ? text_of(value) : json::serialize(value);
        replace_all(text, "{ID}", id());
        replace_all(text, "{BUNDLE}", bundle.path());
        return text;
    }

    void write_config() {
        json::value config = encode(bundle.config);
        if (const auto* const questions = row_.if_contains("probe"))
            for (const auto& question : questions->as_array())
                config.at("process").at("args").as_array().emplace_back(question);
        if (const auto* const patch = row_.if_contains("patch"))
            merge_patch(config, json::parse(filled(*patch)));
        if (const auto* const added = row_.if_contains("mounts")) {
            const json::value mounts = json::parse(filled(*added));
            for (const auto& mount : mounts.as_array())
                config.at("mounts").as_array().push_back(mount);
        }
        bundle.directory().write("config.json", json::serialize(config));
    }

    void check_warnings(const std::string& err) const {
        if (const auto* const words = row_.if_contains("warns"))
            BOOST_TEST(has(err, filled(*words)), "the warning was: " << err);
        else
            BOOST_TEST(err == "");
    }

    void check_report(const std::string& out) const {
        json::value report = json::parse(out);
        name_namespaces(report);
        const json::value expectations = json::parse(filled(row_.at("expect")));
        for (const auto& [pointer, expected] : expectations.as_object()) {
            boost::system::error_code error;
            const json::value* const found = report.find_pointer(pointer, error);
            const json::value value = found ? *found : json::value("nothing");
            BOOST_TEST(meets(value, expected),
                       pointer << " is " << json::serialize(value) << ", not " << json::serialize(expected));
        }
    }

    const json::object& row_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(properties)

BOOST_DATA_TEST_CASE(table, boost::unit_test::data::make(tables())) {
    const std::string reason = why_no_containers();
    if (!reason.empty())
        return ocikit::test::skip(reason);
    const json::value rows = load(sample);
    for (const auto& row : rows.as_array()) {
        const json::object& object = row.as_object();
        BOOST_TEST_CONTEXT(sample << ": " << text_of(object.at("name"))) {
            std::string why;
            if (const auto* const needs = object.if_contains("needs"))
                for (const auto& need : needs->as_array())
                    why += why.empty() ? missing(text_of(need)) : "";
            if (why.empty())
                Case(object).check();
            else
                BOOST_TEST_MESSAGE(sample << ": " << text_of(object.at("name")) << ": skipped, because "
                                          << why);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace ocikit::run::test
