#include "dbus/message.hpp"

#include <bit>
#include <cstring>

#include <ocikit/error.hpp>

namespace ocikit::run::dbus {

static_assert(std::endian::native == std::endian::little, "messages are written in little-endian order");

namespace {

constexpr std::size_t max_message = 1 << 20;  // systemd's answers are far below
constexpr int max_depth = 16;

enum Field : std::uint8_t {
    path = 1,
    interface,
    member,
    error_name,
    reply_serial,
    destination,
    sender,
    signature
};

[[noreturn]] void refuse(const char* what) {
    throw Error(std::string("D-Bus: ") + what);
}

// Of a fixed type; 0 for the others.
std::size_t size_of(char type) {
    switch (type) {
        case 'y':
            return 1;
        case 'n':
        case 'q':
            return 2;
        case 'b':
        case 'i':
        case 'u':
            return 4;
        case 'x':
        case 't':
        case 'd':
            return 8;
        default:
            return 0;
    }
}

std::size_t alignment_of(char type) {
    switch (type) {
        case 's':
        case 'o':
        case 'a':
            return 4;
        case '(':
        case '{':
            return 8;
        case 'g':
        case 'v':
            return 1;
        default:
            return size_of(type);
    }
}

class Writer {
  public:
    std::string bytes;

    void align(std::size_t size) { bytes.resize((bytes.size() + size - 1) / size * size, '\0'); }

    void number(std::uint64_t value, std::size_t size) {
        align(size);
        bytes.append(reinterpret_cast<const char*>(&value), size);
    }

    void value(const Value& value_) {
        const char type = value_.signature.at(0);
        if (const std::size_t size = size_of(type)) {
            number(value_.number, size);
        } else if (type == 's' || type == 'o') {
            number(value_.text.size(), 4);
            bytes += value_.text + '\0';
        } else if (type == 'g') {
            short_text(value_.text);
        } else if (type == 'v') {
            short_text(value_.items.at(0).signature);
            value(value_.items.at(0));
        } else if (type == 'a') {
            array(value_);
        } else {
            align(8);
            for (const auto& item : value_.items)
                value(item);
        }
    }

  private:
    void short_text(const std::string& text) {
        bytes += static_cast<char>(text.size());
        bytes += text + '\0';
    }

    void array(const Value& value_) {
        number(0, 4);
        const std::size_t length_at = bytes.size() - 4;
        align(alignment_of(value_.signature.at(1)));  // which the length doesn't count
        const std::size_t start = bytes.size();
        for (const auto& item : value_.items)
            value(item);
        const auto length = static_cast<std::uint32_t>(bytes.size() - start);
        std::memcpy(bytes.data() + length_at, &length, sizeof length);
    }
};

class Reader {
  public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}

    std::size_t at() const { return at_; }

    void align(std::size_t size) { skip((size - at_ % size) % size); }

    std::uint64_t number(std::size_t size) {
        align(size);
        std::uint64_t value = 0;
        const std::size_t from = at_;
        skip(size);
        std::memcpy(&value, bytes_.data() + from, size);
        return value;
    }

    Value value(const std::string& type, int depth = 0) {
        if (depth > max_depth)
            refuse("a message with too many levels");
        Value result{type};
        if (const std::size_t size = size_of(type[0])) {
            result.number = number(size);
        } else if (type[0] == 's' || type[0] == 'o') {
            result.text = text(number(4));
        } else if (type[0] == 'g') {
            result.text = text(number(1));
        } else if (type[0] == 'v') {
            const std::string inner = text(number(1));
            if (first_type(inner) != inner)
                refuse("a variant of more than one type");
            result.items.push_back(value(inner, depth + 1));
        } else if (type[0] == 'a') {
            const std::size_t length = number(4);
            align(alignment_of(type[1]));
            for (const std::size_t end = at_ + length; at_ < end;)
                result.items.push_back(value(type.substr(1), depth + 1));
        } else {
            align(8);
            for (std::size_t i = 1; i + 1 < type.size(); i += result.items.back().signature.size())
                result.items.push_back(value(first_type(type, i), depth + 1));
        }
        return result;
    }

  private:
    std::string text(std::size_t size) {
        const std::size_t from = at_;
        skip(size + 1);
        return std::string(bytes_.substr(from, size));
    }

    void skip(std::size_t size) {
        if (size > bytes_.size() - at_)
            refuse("a message that ends too early");
        at_ += size;
    }

    std::string_view bytes_;
    std::size_t at_ = 0;
};

void take_field(const Value& field, Message& message, std::string& body_signature) {
    const Value& value = field.items[1].items[0];
    switch (field.items[0].number) {
        case path:
            message.path = value.text;
            break;
        case interface:
            message.interface = value.text;
            break;
        case member:
            message.member = value.text;
            break;
        case error_name:
            message.error_name = value.text;
            break;
        case reply_serial:
            message.reply_to = static_cast<std::uint32_t>(value.number);
            break;
        case signature:
            body_signature = value.text;
            break;
        default:
            break;
    }
}

}  // namespace

Value boolean(bool value) {
    return {"b", value};
}
Value uint32(std::uint32_t value) {
    return {"u", value};
}
Value uint64(std::uint64_t value) {
    return {"t", value};
}
Value string(std::string value) {
    return {"s", 0, std::move(value)};
}
Value variant(Value value) {
    return {"v", 0, {}, {std::move(value)}};
}
Value structure(std::vector<Value> items) {
    std::string signature = "(";
    for (const auto& item : items)
        signature += item.signature;
    return {signature + ")", 0, {}, std::move(items)};
}
Value array(const std::string& element, std::vector<Value> items) {
    return {"a" + element, 0, {}, std::move(items)};
}

std::string first_type(const std::string& signature_, std::size_t at) {
    const std::size_t start = at;
    while (at < signature_.size() && signature_[at] == 'a')
        ++at;
    bool closed = false;
    if (at < signature_.size() && (signature_[at] == '(' || signature_[at] == '{')) {
        const char close = signature_[at++] == '(' ? ')' : '}';
        do
            at += first_type(signature_, at).size();
        while (at < signature_.size() && signature_[at] != close);
        closed = true;
    }
    const bool known =
        at < signature_.size() &&
        (closed || std::string_view("ybnqiuxtdsogv").find(signature_[at]) != std::string_view::npos);
    if (!known || at - start > 64)
        refuse("a signature that isn't one");
    return signature_.substr(start, at + 1 - start);
}

std::string encode(const Message& message) {
    Writer body;
    std::string body_signature;
    for (const auto& value : message.body) {
        body_signature += value.signature;
        body.value(value);
    }
    std::vector<Value> fields;
    const auto add = [&](Field code, const char* type, const std::string& text) {
        if (!text.empty())
            fields.push_back(structure({{"y", code}, variant({type, 0, text})}));
    };
    add(path, "o", message.path);
    add(interface, "s", message.interface);
    add(member, "s", message.member);
    add(error_name, "s", message.error_name);
    if (message.reply_to != 0)
        fields.push_back(structure({{"y", reply_serial}, variant(uint32(message.reply_to))}));
    add(destination, "s", message.destination);
    add(signature, "g", body_signature);
    Writer writer;
    const auto type = static_cast<std::uint64_t>(message.type);
    for (const std::uint64_t byte :
         {std::uint64_t{'l'}, type, std::uint64_t{message.wants_reply ? 0u : 1u}, std::uint64_t{1}})
        writer.number(byte, 1);
    writer.number(body.bytes.size(), 4);
    writer.number(message.serial, 4);
    writer.value(array("(yv)", std::move(fields)));
    writer.align(8);
    return writer.bytes + body.bytes;
}

std::optional<Message> decode(std::string& received) {
    constexpr std::size_t fixed = 16;
    if (received.size() < fixed)
        return std::nullopt;
    if (received[0] != 'l' || received[3] != 1)
        refuse("a message of another protocol");
    Reader prefix(std::string_view(received).substr(4));
    const std::size_t body_size = prefix.number(4);
    const std::size_t serial = prefix.number(4);
    const std::size_t fields_size = prefix.number(4);
    if (body_size > max_message || fields_size > max_message)
        refuse("a message that is too long");
    const std::size_t header_size = (fixed + fields_size + 7) / 8 * 8;
    if (received.size() < header_size + body_size)
        return std::nullopt;

    Message message;
    message.type = static_cast<Message::Type>(received[1]);
    message.wants_reply = (received[2] & 1) == 0;
    message.serial = static_cast<std::uint32_t>(serial);
    Reader header(std::string_view(received).substr(0, header_size));
    header.number(8);
    header.number(4);
    std::string body_signature;
    for (const auto& field : header.value("a(yv)").items)
        take_field(field, message, body_signature);
    Reader body(std::string_view(received).substr(header_size, body_size));
    for (std::size_t at = 0; at < body_signature.size(); at += message.body.back().signature.size())
        message.body.push_back(body.value(first_type(body_signature, at)));
    received.erase(0, header_size + body_size);
    return message;
}

}  // namespace ocikit::run::dbus
