// Makes the files of an archive's entries below a directory, and nothing else.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <ocikit/unique_fd.hpp>

#include "archive/entry.hpp"
#include "archive/file_finisher.hpp"
#include "archive/id_map.hpp"
#include "archive/key_table.hpp"
#include "archive/reader.hpp"
#include "archive/sorted_spool.hpp"

namespace ocikit::archive {

// Whose the files become.
struct Ownership {
    bool numeric = false;  // the numbers of the archive, as for root, or it fails
    IdMap uid_map = {};    // if there are any, the files get the host's numbers
    IdMap gid_map = {};
    // Whether device nodes which the current user may not make are left out, with a
    // warning, or an error.
    bool skip_devices = false;
    // The options that set the maps, for messages.
    const char* map_options = "--uid-map and --gid-map";
};

// Every file is made new (O_EXCL) in a directory that was reached beneath the
// given one and through no symbolic link, so whatever the entries say, nothing
// outside is touched, and add replaces nothing inside. Directories belong to the
// current user with mode 0700 until finish_directories gives them what the
// archive says. Owners are set if the current user is root or it is asked for; a set-user-ID or
// set-group-ID bit is kept only on a file which has the owner or group it is meant for.
class Unpacker {
  public:
    using Warn = std::function<void(const std::string& text)>;

    // Whether directories can be described, looked up and removed after they were added, as
    // for layers of an image; or are only added, and then any number takes some megabytes of
    // memory, and a temporary file.
    enum class Directories { change, are_final };

    // directory stays open as long as the Unpacker is used.
    Unpacker(int directory, Ownership ownership, Warn warn, Directories directories = Directories::change);

    // Throws Error, also for a file that was added before: some are finished later, by a
    // thread of their own.
    void add(const Entry& entry, Reader& content);
    // Returns when all files that were added are finished. Throws Error.
    void finish_files();
    // Gives a directory that is there already, or the given one itself (an empty path),
    // what the entry says, when the directories are finished. Throws Error.
    void describe_directory(const Entry& entry);

    // What entries have said of a directory; its owners are the archive's numbers.
    std::optional<Entry> directory(const std::string& path) const;
    // What is at a path: the type of its mode, 0 if there is nothing. Throws Error, also
    // if the path leads through a symbolic link or a file.
    mode_t type_of(const std::string& path);
    // The names in a directory.
    std::vector<std::string> names_in(const std::string& path) const;
    // Removes what is at a path with all that is below it; throws Error.
    void remove(const std::string& path);

    // To be called once, after the last entry; directory as in the constructor, or
    // where its content was moved to since.
    void finish_directories(int directory);

  private:
    int parent(const std::string& path);
    void make_parents(const std::string& folder);
    void note_implied(const std::string& path);
    bool was_implied(const std::string& path);
    bool is_mapping() const;
    void map_owners(Entry& entry) const;
    void add_any(const Entry& entry, Reader& content);
    void add_directory(const Entry& entry);
    void finish_directory(int directory, const std::string& path, const Entry& entry);
    void finish_implied(int directory, const std::string& path);
    void add_file(const Entry& entry, int parent, const std::string& name, Reader& content);
    bool write_now(const Entry& entry, int fd, Reader& content, std::string& later);
    void add_hard_link(const Entry& entry, int parent, const std::string& name);
    bool is_skipped(const Entry& entry);
    void add_special(const Entry& entry, int parent, const std::string& name);
    void set_attributes(const Entry& entry, int fd);
    void check_time(const Entry& entry, int fd);
    void set_user_xattrs(const Entry& entry, int fd, mode_t& now);
    void add_xattr(const Entry& entry, int fd, const std::string& name, const std::string& value);

    int directory_;
    Warn warn_;
    Ownership ownership_;
    bool set_owners_;
    std::string parent_path_;
    UniqueFd parent_fd_;  // of parent_path_; empty: the directory itself
    bool directories_are_final_;
    std::map<std::string, Entry> directories_;
    std::set<std::string> implied_;  // of these, the ones that had no entry yet
    // Instead of these, if the directories are final. What is in a directory comes before it;
    // implied ones are there without an entry, and in the table.
    SortedSpool final_directories_;
    KeyTable final_implied_;
    bool told_of_devices_ = false;
    bool told_of_times_ = false;
    std::set<std::string> dropped_;  // attributes that couldn't be set, and were told of
    FileFinisher finisher_;          // of files without extended attributes; uses set_attributes
};

}  // namespace ocikit::archive
