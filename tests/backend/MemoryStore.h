#pragma once

#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "cache/ChunkStore.h"

namespace segue::test {

/// A ChunkStore that keeps everything, or nothing, in memory.
class MemoryStore final : public cache::ChunkStore {
  public:
    enum class Keep { Yes, No };
    explicit MemoryStore(Keep keep = Keep::Yes) : keep_(keep) {}

    std::shared_ptr<const cache::ChunkBlob> find(const cache::ChunkKey& key) override {
        std::lock_guard lock(mutex_);
        const auto it = chunks_.find(key);
        return it == chunks_.end() ? nullptr : it->second;
    }
    bool contains(const cache::ChunkKey& key) const override {
        std::lock_guard lock(mutex_);
        return chunks_.contains(key);
    }
    std::unique_ptr<cache::ChunkWriter> create(const cache::ChunkKey& key, cache::Budget,
                                               const cache::ChunkAbout&) override {
        return std::make_unique<Writer>(*this, key);
    }
    void discard(const cache::ChunkKey& key, const std::string&) override {
        std::lock_guard lock(mutex_);
        chunks_.erase(key);
    }
    cache::StoreStats stats() const override { return {}; }
    std::vector<cache::ChunkInfo> list() const override { return {}; }
    std::vector<cache::Usage> usage() const override { return {}; }
    cache::Removed remove(std::span<const cache::ChunkKey>) override { return {}; }
    void flush() override {}

  private:
    class Blob final : public cache::ChunkBlob {
      public:
        std::int64_t watermark() const noexcept override { return watermark_; }
        Result<void> read(std::int64_t offset, std::span<std::byte> out) const override {
            std::lock_guard lock(mutex_);
            std::copy_n(bytes_.begin() + offset, out.size(), out.begin());
            return {};
        }
        void append(std::span<const std::byte> bytes) {
            std::lock_guard lock(mutex_);
            bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
            watermark_ = static_cast<std::int64_t>(bytes_.size());
        }

      private:
        mutable std::mutex mutex_;
        std::vector<std::byte> bytes_;
        std::atomic<std::int64_t> watermark_{0};
    };

    class Writer final : public cache::ChunkWriter {
      public:
        Writer(MemoryStore& store, const cache::ChunkKey& key) : store_(store), key_(key) {}
        Result<void> append(std::span<const std::byte> bytes) override {
            blob_->append(bytes);
            return {};
        }
        std::shared_ptr<const cache::ChunkBlob> blob() const override { return blob_; }
        bool publish() override {
            if (store_.keep_ == Keep::No)
                return false;
            std::lock_guard lock(store_.mutex_);
            store_.chunks_[key_] = blob_;
            return true;
        }

      private:
        MemoryStore& store_;
        cache::ChunkKey key_;
        std::shared_ptr<Blob> blob_ = std::make_shared<Blob>();
    };

    const Keep keep_;
    mutable std::mutex mutex_;
    std::unordered_map<cache::ChunkKey, std::shared_ptr<const cache::ChunkBlob>, Hash128Hasher>
        chunks_;
};

} // namespace segue::test
