// XXH3 behind types of our own, so that xxhash.h stays out of our headers. Pure functions, any
// thread.

#include "processing/types/Hash.h"

#include <bit>
#include <cstring>
#include <new>

#include <xxhash.h>

namespace segue {

namespace {

XXH3_state_t* stateOf(void* state) {
    return static_cast<XXH3_state_t*>(state);
}

int hexDigit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

} // namespace

std::string Hash128::hex() const {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text(32, '0');
    for (int i = 0; i < 16; ++i) {
        text[static_cast<std::size_t>(15 - i)] = kDigits[(high >> (4 * i)) & 15];
        text[static_cast<std::size_t>(31 - i)] = kDigits[(low >> (4 * i)) & 15];
    }
    return text;
}

std::optional<Hash128> Hash128::fromHex(std::string_view text) {
    if (text.size() != 32)
        return std::nullopt;
    Hash128 hash;
    for (std::size_t i = 0; i < 32; ++i) {
        const int digit = hexDigit(text[i]);
        if (digit < 0)
            return std::nullopt;
        std::uint64_t& half = i < 16 ? hash.high : hash.low;
        half = half << 4 | static_cast<std::uint64_t>(digit);
    }
    return hash;
}

Hash128 hash128(std::span<const std::byte> bytes) noexcept {
    const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
    return {hash.high64, hash.low64};
}

std::uint64_t hash64(std::span<const std::byte> bytes) noexcept {
    return XXH3_64bits(bytes.data(), bytes.size());
}

Hasher::Hasher() : state_(XXH3_createState()) {
    if (!state_)
        throw std::bad_alloc();
    XXH3_128bits_reset(stateOf(state_));
}

Hasher::~Hasher() {
    XXH3_freeState(stateOf(state_));
}

Hasher& Hasher::bytes(std::span<const std::byte> bytes) noexcept {
    XXH3_128bits_update(stateOf(state_), bytes.data(), bytes.size());
    return *this;
}

Hasher& Hasher::text(std::string_view text) noexcept {
    number(text.size());
    return bytes(std::as_bytes(std::span(text.data(), text.size())));
}

Hasher& Hasher::number(std::uint64_t value) noexcept {
    std::byte little[8];
    for (int i = 0; i < 8; ++i)
        little[i] = static_cast<std::byte>(value >> (8 * i));
    return bytes(little);
}

Hasher& Hasher::real(double value) noexcept {
    return number(std::bit_cast<std::uint64_t>(value));
}

Hash128 Hasher::finish() const noexcept {
    const XXH128_hash_t hash = XXH3_128bits_digest(stateOf(state_));
    return {hash.high64, hash.low64};
}

} // namespace segue
