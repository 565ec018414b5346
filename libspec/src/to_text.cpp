#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <ocikit/encode.hpp>

namespace json = boost::json;

namespace ocikit {

namespace {

constexpr std::size_t line_width = 80;

class Printer {
  public:
    explicit Printer(std::size_t indent) : indent_(indent) {}

    std::string run(const json::value& value) {
        print(value, 0);
        return std::move(text_) + '\n';
    }

  private:
    void print(const json::value& value, std::size_t level) {
        const json::object* object = value.if_object();
        const json::array* array = value.if_array();
        if (object && !object->empty())
            print_object(*object, level);
        else if (array && !array->empty() && !print_on_one_line(*array))
            print_array(*array, level);
        else if (!array || array->empty())
            text_ += json::serialize(value);
    }

    void print_object(const json::object& object, std::size_t level) {
        const char* separator = "{";
        for (const auto& member : object) {
            text_ += separator;
            separator = ",";
            new_line(level + 1);
            text_ += json::serialize(member.key());
            text_ += ": ";
            print(member.value(), level + 1);
        }
        new_line(level);
        text_ += '}';
    }

    void print_array(const json::array& array, std::size_t level) {
        const char* separator = "[";
        for (const json::value& element : array) {
            text_ += separator;
            separator = ",";
            new_line(level + 1);
            print(element, level + 1);
        }
        new_line(level);
        text_ += ']';
    }

    // Only scalars, and room for the comma after it.
    bool print_on_one_line(const json::array& array) {
        std::string line;
        const std::size_t column = text_.size() - line_begin_;
        for (const json::value& element : array) {
            if (element.is_structured())
                return false;
            line += line.empty() ? "[" : ", ";
            line += json::serialize(element);
            if (column + line.size() + 2 > line_width)
                return false;
        }
        text_ += line + ']';
        return true;
    }

    void new_line(std::size_t level) {
        text_ += '\n';
        line_begin_ = text_.size();
        text_.append(level * indent_, ' ');
    }

    std::size_t indent_;
    std::string text_;
    std::size_t line_begin_ = 0;
};

}  // namespace

std::string to_text(const json::value& value, int indent) {
    if (indent <= 0)
        return json::serialize(value) + '\n';
    return Printer(static_cast<std::size_t>(indent)).run(value);
}

}  // namespace ocikit
