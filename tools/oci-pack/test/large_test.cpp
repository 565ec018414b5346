// A tree of many files, many names of one file, and the longest names there are.
#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <sys/resource.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <ocikit/unique_fd.hpp>

#include "archive/test/tree.hpp"
#include "oci-pack/test/sample_bundle.hpp"
#include "support/skip.hpp"
#include "support/temp_dir.hpp"

using namespace ocikit::archive::test;
using namespace ocikit::pack::test;
using ocikit::UniqueFd;
using ocikit::test::TempDir;

namespace {

constexpr int folders = 400;
constexpr int files_each = 250;
constexpr int links = 20'000;
constexpr int pairs = 15'000;  // of names of a file, far from each other

void require(bool good, const std::string& path) {
    if (!good)
        throw std::system_error(errno, std::generic_category(), path);
}

void make_file(int folder, const std::string& name, const std::string& content) {
    const UniqueFd fd(::openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    require(fd && ::write(fd.get(), content.data(), content.size()) == static_cast<ssize_t>(content.size()),
            name);
}

UniqueFd make_folder(int parent, const std::string& name) {
    require(::mkdirat(parent, name.c_str(), 0755) == 0, name);
    UniqueFd fd(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    require(static_cast<bool>(fd), name);
    return fd;
}

void make_many(int root) {
    for (int folder = 0; folder < folders; ++folder) {
        const UniqueFd fd = make_folder(root, "folder-" + std::to_string(folder));
        for (int file = 0; file < files_each; ++file)
            make_file(fd.get(), "file-" + std::to_string(file), std::to_string(folder * file));
    }
    const UniqueFd forest = make_folder(root, "forest");
    make_file(forest.get(), "0", "one file");
    for (int link = 1; link < links; ++link)
        require(::linkat(forest.get(), "0", forest.get(), std::to_string(link).c_str(), 0) == 0, "forest");
    const UniqueFd first = make_folder(root, "first-names");
    const UniqueFd second = make_folder(root, "second-names");
    for (int pair = 0; pair < pairs; ++pair) {
        const std::string name = std::to_string(pair);
        make_file(first.get(), name, name);
        require(::linkat(first.get(), name.c_str(), second.get(), name.c_str(), 0) == 0, name);
    }
}

// A file whose path in the archive, from rootfs on, has the given length.
void make_deep(int root, std::size_t length) {
    std::string path = "rootfs";
    int parent = root;
    UniqueFd fd;
    while (length - path.size() > 256) {
        const std::string name(200, 'd');
        fd = make_folder(parent, name);
        parent = fd.get();
        path += "/" + name;
    }
    make_file(parent, std::string(length - path.size() - 1, 'f'), "deep");
}

struct Sample : TempDir {
    Sample() {
        make_rich_bundle(path("bundle"));
        const UniqueFd root(::open(path("bundle/rootfs").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        make_many(root.get());
    }
    Outcome run(const std::string& command) const {
        return shell("cd " + path() + " && P=" + OCIKIT_OCI_PACK + "; " + command);
    }
};

long peak_of_children() {
    rusage usage{};
    ::getrusage(RUSAGE_CHILDREN, &usage);
    return usage.ru_maxrss;  // KiB
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_hundred_thousand_files, Sample) {
    const Tree expected = read_tree(path("bundle"));
    BOOST_TEST(expected.size() > 150'000u);
    // the limit is the project's own, for any tree
    for (const std::string command :
         {"$P create -qo x.tar bundle", "$P create -qo x.tar.zst bundle", "$P extract x.tar out",
          "$P verify -q x.tar", "$P list x.tar > list", "$P diff x.tar bundle"}) {
        const Outcome outcome = run(command);
        BOOST_TEST(outcome.status == 0, outcome.output);
        if (!sanitized)  // by which all take more
            BOOST_TEST(peak_of_children() < 64 * 1024, command);
    }
    BOOST_TEST(differences(expected, read_tree(path("out"))) == "");
    BOOST_TEST(run("$P diff bundle out").output.empty());
    if (!is_root())
        return ocikit::test::skip("tar keeps owners for root only");
    const Outcome outcome =
        run("mkdir other && tar --warning=none --numeric-owner --xattrs --xattrs-include='*'"
            " -xpf x.tar -C other");
    BOOST_TEST(outcome.status == 0, outcome.output);
    BOOST_TEST(differences(expected, read_tree(path("other"))) == "");
}

// Too long for the calls that take a whole path, so it is compared by our own means.
BOOST_AUTO_TEST_CASE(the_longest_path) {
    for (const std::size_t length : {4351u, 4352u}) {
        const TempDir dir;
        make_plain_bundle(dir.path("bundle"));
        const UniqueFd root(::open(dir.path("bundle/rootfs").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        make_deep(root.get(), length);
        const Outcome outcome =
            shell("cd " + dir.path() + " && P=" + OCIKIT_OCI_PACK +
                  "; $P create -qo x.tar bundle && $P extract x.tar out && $P diff bundle out "
                  "&& find out | wc -l");
        if (length == 4352) {
            BOOST_TEST(outcome.status == 1);
            BOOST_TEST(outcome.output.find("the path is longer than 4351 bytes") != std::string::npos);
        } else {
            BOOST_TEST(outcome.status == 0, outcome.output);
            BOOST_TEST(outcome.output == "28\n");
        }
        BOOST_TEST(shell("rm -rf " + dir.path("bundle") + " " + dir.path("out")).status == 0);
    }
}
