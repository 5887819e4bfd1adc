#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace segue::http {

/// Decodes a chunked request body that arrives in pieces, holding no more than `maxBytes` of it.
///
/// Chunk sizes are plain hexadecimal numbers; extensions and trailers are read within a limit and
/// dropped.
/// @source  RFC 9112, 7.1
class ChunkedDecoder {
  public:
    enum class State { More, Complete, Malformed, TooLarge };

    explicit ChunkedDecoder(std::size_t maxBytes) : maxBytes_(maxBytes) {}

    /// @param body  what was decoded is appended to it
    /// @param consumed  bytes taken from `bytes`; all of them unless the body is complete
    State feed(std::string_view bytes, std::string& body, std::size_t& consumed);

  private:
    enum class Step { Size, Extension, SizeLf, Data, DataCr, DataLf, Trailer, TrailerLf };

    State step(char c);

    std::size_t maxBytes_;
    std::size_t decoded_ = 0;
    Step step_ = Step::Size;
    std::uint64_t chunkBytes_ = 0;
    int sizeDigits_ = 0;
    std::size_t droppedBytes_ = 0;
    std::size_t trailerLineBytes_ = 0;
};

} // namespace segue::http
