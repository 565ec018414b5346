#include <algorithm>
#include <charconv>

#include <ocikit/document.hpp>

#include "scan.hpp"

namespace ocikit {

namespace {

// RFC 6901 §3: ~1 is a slash, ~0 a tilde.
std::string decode_token(std::string_view token) {
    std::string text;
    for (std::size_t i = 0; i < token.size(); ++i) {
        const bool escape = token[i] == '~' && i + 1 < token.size();
        if (escape && (token[i + 1] == '0' || token[i + 1] == '1'))
            text += token[++i] == '1' ? '/' : '~';
        else
            text += token[i];
    }
    return text;
}

}  // namespace

std::string_view TextIndex::name(Id id) const {
    if (const auto found = unescaped_.find(id); found != unescaped_.end())
        return found->second;
    const std::size_t begin = nodes_[id].key + 1;
    return text_.substr(begin, text_.find('"', begin) - begin);
}

bool TextIndex::name_before(Id a, Id b) const {
    const int order = name(a).compare(name(b));
    return order != 0 ? order < 0 : a < b;
}

void TextIndex::link() {
    std::uint32_t next = 0;
    for (Node& node : nodes_) {
        node.first_child = next;
        next += node.child_count;
        node.child_count = 0;
    }
    children_.resize(next);
    for (Id id = 1; id < nodes_.size(); ++id) {
        Node& parent = nodes_[nodes_[id].parent];
        children_[parent.first_child + parent.child_count++] = id;
    }
    for (Id id = 0; id < nodes_.size(); ++id) {
        const Node& node = nodes_[id];
        if (node.child_count == 0 || !is_object(id))
            continue;
        const auto begin = children_.begin() + node.first_child;
        std::sort(begin, begin + node.child_count, [this](Id a, Id b) { return name_before(a, b); });
    }
}

TextIndex::Id TextIndex::child(Id parent, std::string_view token) const {
    const Node& node = nodes_[parent];
    const auto begin = children_.begin() + node.first_child;
    const auto end = begin + node.child_count;
    if (node.child_count == 0)
        return none;
    if (is_object(parent)) {
        const auto after =
            std::upper_bound(begin, end, token, [this](std::string_view t, Id id) { return t < name(id); });
        return after != begin && name(*(after - 1)) == token ? *(after - 1) : none;
    }
    std::uint32_t position = 0;
    const auto [stop, status] = std::from_chars(token.data(), token.data() + token.size(), position);
    const bool canonical = token.size() == 1 || (!token.empty() && token[0] != '0');
    const bool number = status == std::errc() && stop == token.data() + token.size() && canonical;
    return number && position < node.child_count ? begin[position] : none;
}

TextIndex::Found TextIndex::find(std::string_view pointer) const {
    Id id = root;
    while (!pointer.empty()) {
        if (pointer[0] != '/')
            return {id, false};
        const std::size_t end = std::min(pointer.find('/', 1), pointer.size());
        const Id next = child(id, decode_token(pointer.substr(1, end - 1)));
        if (next == none)
            return {id, false};
        id = next;
        pointer.remove_prefix(end);
    }
    return {id, true};
}

std::string TextIndex::pointer(Id id) const {
    if (id == root)
        return {};
    const Id parent = nodes_[id].parent;
    if (nodes_[id].key != none)
        return pointer_append(pointer(parent), name(id));
    const auto begin = children_.begin() + nodes_[parent].first_child;
    const auto place = std::lower_bound(begin, begin + nodes_[parent].child_count, id);
    return pointer_append(pointer(parent), static_cast<std::size_t>(place - begin));
}

std::vector<TextIndex::Duplicate> TextIndex::duplicates() const {
    std::vector<Duplicate> found;
    for (Id id = 0; id < nodes_.size(); ++id) {
        const Node& node = nodes_[id];
        if (node.child_count == 0 || !is_object(id))
            continue;
        Id first = children_[node.first_child];
        for (std::uint32_t i = 1; i < node.child_count; ++i) {
            const Id again = children_[node.first_child + i];
            if (name(first) == name(again))
                found.push_back({first, again});
            else
                first = again;
        }
    }
    std::sort(found.begin(), found.end(),
              [](const Duplicate& a, const Duplicate& b) { return a.again < b.again; });
    return found;
}

}  // namespace ocikit
