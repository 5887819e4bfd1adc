#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <unordered_map>
#include <utility>

namespace segue::backend {

/// The `capacity` entries that were used last.
/// @thread none of its own; the owner locks
template <typename Key, typename Value, typename Hash = std::hash<Key>>
class LruCache {
  public:
    explicit LruCache(std::size_t capacity) : capacity_(capacity) {}

    /// @return null when absent; valid until the next put()
    Value* find(const Key& key) {
        const auto it = index_.find(key);
        if (it == index_.end())
            return nullptr;
        entries_.splice(entries_.begin(), entries_, it->second);
        return &it->second->second;
    }

    /// Replaces what is there. @return the stored value
    Value& put(const Key& key, Value value) {
        if (Value* present = find(key)) {
            *present = std::move(value);
            return *present;
        }
        entries_.emplace_front(key, std::move(value));
        index_.emplace(key, entries_.begin());
        if (entries_.size() > capacity_) {
            index_.erase(entries_.back().first);
            entries_.pop_back();
        }
        return entries_.front().second;
    }

  private:
    std::size_t capacity_;
    std::list<std::pair<Key, Value>> entries_; ///< last used first
    std::unordered_map<Key, typename std::list<std::pair<Key, Value>>::iterator, Hash> index_;
};

} // namespace segue::backend
