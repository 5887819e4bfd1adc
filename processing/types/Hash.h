#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace segue {

/// A 128-bit XXH3 value: identity of content, of a plan, of a chunk. Not a defence against forgery.
struct Hash128 {
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    auto operator<=>(const Hash128&) const = default;

    /// 32 lower-case hex digits, high half first.
    std::string hex() const;
    /// @return nothing unless `text` is exactly 32 hex digits
    static std::optional<Hash128> fromHex(std::string_view text);
};

/// XXH3-128 of `bytes`.
Hash128 hash128(std::span<const std::byte> bytes) noexcept;
/// XXH3-64 of `bytes`.
std::uint64_t hash64(std::span<const std::byte> bytes) noexcept;

/// XXH3-128 of bytes that arrive in pieces; the pieces' borders do not matter.
class Hasher {
  public:
    Hasher();
    ~Hasher();
    Hasher(const Hasher&) = delete;
    Hasher& operator=(const Hasher&) = delete;

    Hasher& bytes(std::span<const std::byte> bytes) noexcept;
    /// Length-prefixed, so that ("ab","c") and ("a","bc") differ.
    Hasher& text(std::string_view text) noexcept;
    /// Little-endian 64-bit.
    Hasher& number(std::uint64_t value) noexcept;
    /// The bits of a double; -0 and 0 differ.
    Hasher& real(double value) noexcept;
    Hash128 finish() const noexcept;

  private:
    void* state_;
};

struct Hash128Hasher {
    std::size_t operator()(const Hash128& hash) const noexcept {
        return static_cast<std::size_t>(hash.low);
    }
};

} // namespace segue
