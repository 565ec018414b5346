// The table testdata/gen/flags.json: for each flag the whole result; and errors.json.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <ocikit/capability.hpp>
#include <ocikit/encode.hpp>

#include "oci-gen/command_line.hpp"
#include "oci-gen/explain.hpp"
#include "oci-gen/flag.hpp"
#include "oci-gen/gen.hpp"
#include "oci-gen/pointer.hpp"
#include "oci-gen/schema_guide.hpp"
#include "oci-gen/values.hpp"
#include "support/skip.hpp"

namespace json = boost::json;
namespace fs = std::filesystem;
namespace cli = ocikit::cli;
namespace gen = ocikit::gen;

namespace {

const std::string folder = OCIKIT_TESTDATA "/gen";

std::string content(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

void replace_all(std::string& text, const std::string& what, const std::string& by) {
    for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; at += by.size())
        text.replace(at, what.size(), by);
}

struct BlockDevice {
    std::string path;
    struct stat status {};
};

BlockDevice some_block_device() {
    BlockDevice device;
    for (const fs::directory_entry& entry : fs::directory_iterator("/dev"))
        if (::stat(entry.path().c_str(), &device.status) == 0 && S_ISBLK(device.status.st_mode)) {
            device.path = entry.path();
            return device;
        }
    return device;
}

// What depends on the machine is in the table by name.
std::string localized(std::string text) {
    static const BlockDevice block = some_block_device();
    replace_all(text, "@DIR@", folder + "/files");
    replace_all(text, "\"@UID@\"", std::to_string(::geteuid()));
    replace_all(text, "@BLOCK@", block.path);
    replace_all(text, "\"@MAJOR@\"", std::to_string(::major(block.status.st_rdev)));
    replace_all(text, "\"@MINOR@\"", std::to_string(::minor(block.status.st_rdev)));
    return text;
}

json::array table(const std::string& name) {
    return json::parse(localized(content(folder + '/' + name))).as_array();
}

cli::Arguments parsed(const json::value& row, const char* base) {
    std::vector<std::string> words{"--template", base};
    for (const json::value& word : row.at("args").as_array())
        words.emplace_back(word.as_string());
    std::vector<const char*> pointers;
    for (const std::string& word : words)
        pointers.push_back(word.c_str());
    return cli::parse(gen::command_line(), pointers).arguments;
}

const std::string base_file = folder + "/base.json";

// ALL is what this machine has, in the table what there is.
json::value expected_config(const json::value& row) {
    json::value config = row.at("config");
    const std::string args = json::serialize(row.at("args"));
    if (args.find("--privileged") == args.npos && args.find("\"--cap-add\",\"ALL\"") == args.npos)
        return config;
    for (auto& set : config.at("process").at("capabilities").as_object()) {
        json::array here;
        for (const json::value& name : set.value().as_array())
            if (::prctl(PR_CAPBSET_READ, *ocikit::capability_number(std::string(name.as_string())), 0, 0,
                        0) == 1)
                here.push_back(name);
        set.value() = here;
    }
    return config;
}

bool has_what_it_needs(const json::value& row) {
    static const bool has_block_device = !some_block_device().path.empty();
    const std::string text = json::serialize(row);
    const auto needs = [&text](const char* what) { return text.find(what) != text.npos; };
    return (fs::exists("/dev/full") || !needs("\"/dev/full")) && (has_block_device || !needs("Device\":[{"));
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_flag_gives_the_whole_result) {
    ::setenv("OCIKIT_TEST_SET", "from=here", 1);
    ::unsetenv("OCIKIT_TEST_UNSET");
    std::set<std::string> used;
    for (const json::value& row : table("flags.json")) {
        const std::string name = json::serialize(row.at("args"));
        if (!has_what_it_needs(row))
            continue;
        BOOST_TEST_CONTEXT(name) {
            try {
                const cli::Arguments arguments = parsed(row, base_file.c_str());
                for (const auto& option : arguments.given)
                    used.insert(option.name);
                const gen::Draft draft = gen::make_config(arguments, folder + "/files");
                BOOST_TEST(draft.text() == ocikit::to_text(ocikit::in_model_order(expected_config(row))));
            } catch (const std::exception& error) {
                BOOST_TEST(error.what() == "");
            }
        }
    }
    for (const gen::FlagGroup& group : gen::flag_groups())
        for (const gen::Flag& flag : group.flags)
            BOOST_TEST((used.contains(std::string(flag.option.name)) || !flag.refusal.empty()),
                       flag.option.name << " is in no row");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_done_is_refused_with_a_reason) {
    for (const json::value& row : table("errors.json"))
        BOOST_TEST_CONTEXT(json::serialize(row.at("args"))) {
            std::string message = "no error";
            try {
                gen::checked_text(gen::make_config(parsed(row, base_file.c_str()), folder + "/files"));
            } catch (const std::exception& error) {
                message = error.what();
            }
            BOOST_TEST(message == std::string(row.at("error").as_string()));
        }
}

BOOST_AUTO_TEST_CASE(what_flags_set_are_properties_of_the_specification) {
    const std::string explanations = gen::flag_explanations();
    for (const gen::FlagGroup& group : gen::flag_groups())
        for (const gen::Flag& flag : group.flags) {
            BOOST_TEST(explanations.find("--" + std::string(flag.option.name)) != std::string::npos);
            if (flag.sets.empty())
                continue;
            for (const std::string& pointer : gen::split(flag.sets, ' ')) {
                gen::SchemaGuide place;
                for (const std::string& token : gen::parse_pointer(pointer))
                    place = place.below(token);
                BOOST_TEST(place.known(), pointer << " of --" << flag.option.name);
            }
        }
}

namespace {

// A command line as a shell takes it, as far as the documents have it: words, and single quotes.
std::vector<std::string> shell_words(const std::string& line) {
    std::vector<std::string> words;
    bool quoted = false;
    bool in_word = false;
    for (const char c : line) {
        if (c == '\'') {
            quoted = !quoted;
        } else if (c == ' ' && !quoted) {
            in_word = false;
            continue;
        }
        if (!in_word)
            words.emplace_back();
        in_word = true;
        if (c != '\'')
            words.back() += c;
    }
    return words;
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_oci_runtime_tool_can_do_can_be_done) {
    std::istringstream document(content(OCIKIT_SOURCE_DIR "/docs/from-oci-runtime-tool.md"));
    std::size_t commands = 0;
    for (std::string line; std::getline(document, line);) {
        const std::size_t begin = line.rfind("| `-");
        if (!line.starts_with("| `--") || begin == 0 || !line.ends_with("` |"))
            continue;
        std::string command = line.substr(begin + 3, line.size() - begin - 6);
        replace_all(command, "@DIR@", folder);
        const std::vector<std::string> words = shell_words(command);
        std::vector<const char*> pointers;
        for (const std::string& word : words)
            pointers.push_back(word.c_str());
        ++commands;
        BOOST_TEST_CONTEXT(command)
        BOOST_CHECK_NO_THROW(gen::checked_text(
            gen::make_config(cli::parse(gen::command_line(), pointers).arguments, "/nowhere")));
    }
    BOOST_TEST(commands > 100u);
}

// What a row of the table changes is what its flags are said to set.
BOOST_AUTO_TEST_CASE(flags_set_nothing_else) {
    const json::value base = json::parse(content(base_file));
    for (const json::value& row : table("flags.json")) {
        if (!has_what_it_needs(row))
            continue;
        std::vector<std::string> allowed{"/ociVersion"};
        const cli::Arguments arguments = parsed(row, base_file.c_str());
        bool edited = false;
        for (const auto& option : arguments.given)
            for (const gen::FlagGroup& group : gen::flag_groups())
                for (const gen::Flag& flag : group.flags)
                    if (flag.option.name == option.name && !flag.sets.empty())
                        for (const std::string& pointer : gen::split(flag.sets, ' '))
                            allowed.push_back(pointer);
        for (const char* edit : {"set", "unset", "merge", "patch"})
            edited = edited || arguments.options.contains(edit);
        if (edited)
            continue;
        if (!arguments.positionals.empty())
            allowed.emplace_back("/process/args");
        json::value before = base;
        json::value after = row.at("config");
        for (const std::string& pointer : allowed)
            for (json::value* side : {&before, &after}) {
                gen::Pointer place = gen::parse_pointer(pointer);
                if (gen::find(*side, place))
                    gen::remove(*side, place);
                // an object that is there for what was in it only
                for (place.pop_back(); !place.empty(); place.pop_back())
                    if (const json::value* holder = gen::find(*side, place);
                        holder && holder->is_object() && holder->get_object().empty())
                        gen::remove(*side, place);
            }
        BOOST_TEST(before == after, json::serialize(row.at("args")) << ": " << json::serialize(after));
    }
}
