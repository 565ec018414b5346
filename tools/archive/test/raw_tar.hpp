// Tar archives made block by block, as no honest program would make them.
#pragma once

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace ocikit::archive::test {

class RawTar {
  public:
    // type is the header's typeflag: 0 file, 1 hard link, 2 symbolic link, 3 and 4
    // devices, 5 directory, 6 FIFO, x a pax record block.
    RawTar& add(const std::string& name, char type = '0', const std::string& content = {},
                const std::string& link = {}) {
        std::string header(512, '\0');
        const auto put = [&](std::size_t at, const std::string& text) {
            header.replace(at, text.size(), text);
        };
        const auto octal = [](unsigned long value, int width) {
            char text[32];
            std::snprintf(text, sizeof text, "%0*lo", width - 1, value);
            return std::string(text);
        };
        put(0, name.substr(0, 100));
        put(100, octal(mode_ != 0 ? mode_ : type == '5' ? 0755 : 0644, 8));
        put(108, octal(uid_, 8));
        put(116, octal(gid_, 8));
        put(124, octal(content.size(), 12));
        put(136, octal(1'000'000'000, 12));
        put(148, "        ");
        header[156] = type;
        put(157, link.substr(0, 100));
        put(257, std::string("ustar\00000", 8));
        for (const auto& [at, text] : std::exchange(patches_, {}))
            put(at, text);
        unsigned long sum = 0;
        for (const char c : header)
            sum += static_cast<unsigned char>(c);
        put(148, octal(sum, 7) + std::string("\0 ", 2));
        bytes_ += header + content + std::string((512 - content.size() % 512) % 512, '\0');
        return *this;
    }

    // Other bytes in the header that follows; those of the checksum are overwritten.
    RawTar& patch(std::size_t at, const std::string& text) {
        patches_.emplace_back(at, text);
        return *this;
    }
    // Whatever it is.
    RawTar& bytes(const std::string& text) {
        bytes_ += text;
        return *this;
    }

    // Of all entries that follow.
    RawTar& owner(unsigned long uid, unsigned long gid) {
        uid_ = uid;
        gid_ = gid;
        return *this;
    }
    RawTar& mode(unsigned long mode) {
        mode_ = mode;
        return *this;
    }

    // A pax record for the entry that follows.
    RawTar& record(const std::string& key, const std::string& value) {
        return add("PaxHeader", 'x', record_text(key, value));
    }
    static std::string record_text(const std::string& key, const std::string& value) {
        const std::string rest = " " + key + "=" + value + "\n";
        std::size_t size = rest.size() + 1;
        while (std::to_string(size).size() + rest.size() != size)
            ++size;
        return std::to_string(size) + rest;
    }

    std::string finished() const { return bytes_ + std::string(1024, '\0'); }
    const std::string& unfinished() const { return bytes_; }

  private:
    std::string bytes_;
    std::vector<std::pair<std::size_t, std::string>> patches_;
    unsigned long uid_ = 0;
    unsigned long gid_ = 0;
    unsigned long mode_ = 0;  // 0: the usual one
};

}  // namespace ocikit::archive::test
