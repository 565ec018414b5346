#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <ocikit/decode.hpp>
#include <ocikit/text.hpp>

#include "described.hpp"

namespace json = boost::json;

namespace ocikit {

namespace {

// Where the decoder is: written out as a pointer only when there is something to report.
struct Place {
    const Place* parent = nullptr;
    std::string_view name = {};
    std::size_t index = 0;
    bool element = false;

    std::string pointer() const {
        if (!parent)
            return {};
        return element ? pointer_append(parent->pointer(), index) : pointer_append(parent->pointer(), name);
    }
};

class Decoder {
  public:
    Decoder(const Document& document, Diagnostics& diagnostics)
        : document_(document), diagnostics_(diagnostics) {}

    template <class T>
    std::optional<T> run() {
        T result{};
        decode(document_.value(), Place{}, result);
        if (failed_)
            return std::nullopt;
        return result;
    }

  private:
    using Part = Document::Part;

    void error(const char* rule, std::string message, const Place& place, Part part = Part::value) {
        failed_ = true;
        diagnostics_.push_back(
            document_.at(Severity::error, rule, std::move(message), place.pointer(), part));
    }

    void wrong_type(const char* expected, const json::value& value, const Place& place) {
        error("decode/type", std::string("expected ") + expected + ", found " + found(value, place), place);
    }

    std::string found(const json::value& value, const Place& place) const {
        switch (value.kind()) {
            case json::kind::null:
                return "null";
            case json::kind::bool_:
                return value.get_bool() ? "true" : "false";
            case json::kind::array:
                return "an array";
            case json::kind::object:
                return "an object";
            case json::kind::string:
                return "the string " + quoted(std::string_view(value.get_string()));
            default:
                return "the number " + shown(document_.source(place.pointer()));
        }
    }

    void decode(const json::value& value, const Place& place, bool& result) {
        if (const bool* boolean = value.if_bool())
            result = *boolean;
        else
            wrong_type("true or false", value, place);
    }

    void decode(const json::value& value, const Place& place, std::string& result) {
        const json::string* string = value.if_string();
        if (!string)
            return wrong_type("a string", value, place);
        if (string->find('\0') != json::string::npos)
            error("decode/nul", "the string has U+0000 in it, which no system call can take", place);
        result.assign(string->data(), string->size());
    }

    template <class T>
    requires is_integer<T>
    void decode(const json::value& value, const Place& place, T& result) {
        if (const std::int64_t* number = value.if_int64(); number && std::in_range<T>(*number))
            result = static_cast<T>(*number);
        else if (const std::uint64_t* large = value.if_uint64(); large && std::in_range<T>(*large))
            result = static_cast<T>(*large);
        else if (value.is_number())
            wrong_number(place, std::to_string(std::numeric_limits<T>::min()),
                         std::to_string(std::numeric_limits<T>::max()));
        else
            wrong_type("an integer", value, place);
    }

    // An integer beyond 64 bits arrives as a double, as does 1.0: only the text tells them apart.
    void wrong_number(const Place& place, const std::string& least, const std::string& most) {
        const std::string_view literal = document_.source(place.pointer());
        if (literal.find_first_of(".eE") != literal.npos)
            error("decode/range", "expected an integer without fraction or exponent, found " + shown(literal),
                  place);
        else
            error("decode/range",
                  shown(literal) + " is out of range, expected an integer from " + least + " to " + most,
                  place);
    }

    template <class E>
    requires std::is_enum_v<E>
    void decode(const json::value& value, const Place& place, E& result) {
        const json::string* string = value.if_string();
        if (!string)
            return wrong_type("a string", value, place);
        const std::string_view text(*string);
        if (const std::optional<E> known = spec::from_text<E>(text)) {
            result = *known;
            return;
        }
        std::vector<std::string> all = spec::all_texts<E>();
        for (std::string& one : all)
            one = quoted(one);
        error("decode/enum", quoted(text) + " is not allowed here, expected " + one_of(all), place);
    }

    void decode(const json::value& value, const Place& place, json::object& result) {
        if (const json::object* object = value.if_object())
            result = *object;
        else
            wrong_type("an object", value, place);
    }

    template <class T>
    void decode(const json::value& value, const Place& place, std::optional<T>& result) {
        decode(value, place, result.emplace());
    }

    template <class T>
    void decode(const json::value& value, const Place& place, std::vector<T>& result) {
        const json::array* array = value.if_array();
        if (!array)
            return wrong_type("an array", value, place);
        result.resize(array->size());
        for (std::size_t i = 0; i < array->size(); ++i)
            decode((*array)[i], {.parent = &place, .index = i, .element = true}, result[i]);
    }

    template <class T>
    void decode(const json::value& value, const Place& place, std::map<std::string, T>& result) {
        const json::object* object = value.if_object();
        if (!object)
            return wrong_type("an object", value, place);
        for (const auto& member : *object) {
            const Place at{.parent = &place, .name = member.key()};
            if (at.name.find('\0') != at.name.npos)
                error("decode/nul", "the key has U+0000 in it, which no system call can take", at, Part::key);
            decode(member.value(), at, result[std::string(at.name)]);
        }
    }

    template <class T>
    requires boost::describe::has_describe_members<T>::value void decode(const json::value& value,
                                                                         const Place& place, T& result) {
        const json::object* object = value.if_object();
        if (!object)
            return wrong_type("an object", value, place);
        std::size_t known = 0;
        boost::mp11::mp_for_each<Members<T>>([&](auto member) {
            constexpr std::string_view name = json_name(decltype(member)::name);
            using Member = std::remove_reference_t<decltype(result.*member.pointer)>;
            if (const json::value* found_value = object->if_contains(name)) {
                ++known;
                decode(*found_value, {.parent = &place, .name = name}, result.*member.pointer);
            } else if (is_required<T, Member>(name)) {
                error("decode/required", "the property " + quoted(name) + " is missing", place);
            }
        });
        if (known != object->size())
            unknown(*object, place, names<T>());
    }

    template <class T>
    static std::vector<std::string_view> names() {
        std::vector<std::string_view> all;
        boost::mp11::mp_for_each<Members<T>>([&all](auto member) { all.push_back(json_name(member.name)); });
        return all;
    }

    void unknown(const json::object& object, const Place& place, const std::vector<std::string_view>& known) {
        for (const auto& member : object) {
            const std::string_view name = member.key();
            if (std::find(known.begin(), known.end(), name) != known.end())
                continue;
            std::string message = "the specification has no property " + quoted(name) + " here";
            if (const std::string_view meant = nearest(name, known); !meant.empty())
                message += ", did you mean " + quoted(meant) + "?";
            diagnostics_.push_back(document_.at(Severity::warning, "decode/unknown", std::move(message),
                                                Place{.parent = &place, .name = name}.pointer(), Part::key));
        }
    }

    const Document& document_;
    Diagnostics& diagnostics_;
    bool failed_ = false;
};

}  // namespace

std::optional<spec::Config> decode_config(const Document& document, Diagnostics& diagnostics) {
    return Decoder(document, diagnostics).run<spec::Config>();
}

std::optional<spec::State> decode_state(const Document& document, Diagnostics& diagnostics) {
    return Decoder(document, diagnostics).run<spec::State>();
}

std::optional<spec::Features> decode_features(const Document& document, Diagnostics& diagnostics) {
    return Decoder(document, diagnostics).run<spec::Features>();
}

std::optional<spec::Process> decode_process(const Document& document, Diagnostics& diagnostics) {
    return Decoder(document, diagnostics).run<spec::Process>();
}

std::optional<spec::Resources> decode_resources(const Document& document, Diagnostics& diagnostics) {
    return Decoder(document, diagnostics).run<spec::Resources>();
}

}  // namespace ocikit
