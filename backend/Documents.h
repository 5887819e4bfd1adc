#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "backend/DocumentFolder.h"
#include "backend/LruCache.h"

namespace segue::backend {

/// The documents of a folder as values of `T`: each is parsed once and again whenever its file has
/// another stamp, so that an edit by hand shows at the next look. A look costs one stat.
/// @thread all members from any thread
template <typename T>
class Documents {
  public:
    using Found = Result<std::shared_ptr<const T>>;
    using Parse = std::function<Result<T>(const std::string& name, const std::string& text)>;

    /// @param folder  outlives this
    Documents(const DocumentFolder& folder, Parse parse)
        : folder_(folder), parse_(std::move(parse)), known_(kMostInMemory) {}

    /// @errors those of DocumentFolder::read and of the parser
    Found find(const std::string& name) {
        const auto stamp = folder_.stamp(name);
        if (!stamp)
            return fail(stamp.error());
        {
            std::lock_guard lock(mutex_);
            if (const Known* known = known_.find(name); known && known->stamp == *stamp)
                return known->found;
        }
        const auto text = folder_.read(name);
        if (!text)
            return fail(text.error()); // not kept: what the system refused it may allow
        Found found = parsed(name, *text);
        std::lock_guard lock(mutex_);
        // Of a file that was replaced since the stamp: the next look sees another stamp.
        return known_.put(name, {*stamp, std::move(found)}).found;
    }

  private:
    static constexpr std::size_t kMostInMemory = 1024;
    struct Known {
        FileStamp stamp;
        Found found;
    };

    Found parsed(const std::string& name, const std::string& text) const {
        auto value = parse_(name, text);
        if (!value)
            return fail(std::move(value.error()));
        return std::make_shared<const T>(std::move(*value));
    }

    const DocumentFolder& folder_;
    const Parse parse_;
    std::mutex mutex_;
    LruCache<std::string, Known> known_; ///< GUARDED_BY(mutex_)
};

} // namespace segue::backend
