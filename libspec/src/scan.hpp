// A second reader of a JSON text, for places: Boost.JSON keeps none. It runs only
// when there is something to report, and says where a text stops being JSON and why.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ocikit {

// Where a text isn't JSON.
struct SyntaxFault {
    std::size_t offset;
    std::string rule;
    std::string message;
};

// The place of every value of a text, as offsets. Texts are under 4 GiB (see Document::parse).
class TextIndex {
  public:
    using Id = std::uint32_t;
    static constexpr Id none = 0xffffffff;
    static constexpr Id root = 0;

    struct Node {
        std::uint32_t key = none;  // of the key's opening quote; none: not a member of an object
        std::uint32_t begin = 0;
        std::uint32_t end = 0;
        Id parent = none;
        std::uint32_t first_child = 0;  // into children_
        std::uint32_t child_count = 0;
    };

    const Node& node(Id id) const { return nodes_[id]; }
    // The child an RFC 6901 token names; of members of one name the last, as the parser keeps it.
    Id child(Id parent, std::string_view token) const;
    // Walks a pointer; stops at the last node that exists and tells whether that was all of it.
    struct Found {
        Id id;
        bool whole;
    };
    Found find(std::string_view pointer) const;

    std::string pointer(Id id) const;
    // The key of a member, its escapes decoded.
    std::string_view name(Id id) const;

    // Members whose name came before in the same object, with the member they repeat.
    struct Duplicate {
        Id first;
        Id again;
    };
    std::vector<Duplicate> duplicates() const;

  private:
    friend class Scanner;
    explicit TextIndex(std::string_view text) : text_(text) {}
    void link();
    bool is_object(Id id) const { return text_[nodes_[id].begin] == '{'; }
    bool name_before(Id a, Id b) const;

    std::string_view text_;
    std::vector<Node> nodes_;  // in the order of the text
    // The children of node n are children_[n.first_child, …), an object's by name.
    std::vector<Id> children_;
    std::unordered_map<Id, std::string> unescaped_;  // names that have an escape in them
};

struct Scan {
    std::optional<SyntaxFault> fault;
    std::optional<TextIndex> index;  // if there is no fault; refers to the text
};
Scan scan(std::string_view text, std::size_t max_depth);

}  // namespace ocikit
