#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <vector>

#include "processing/decode/AudioSource.h"

namespace segue::decode {

/// The beginning of a source, decoded once and kept in memory: all of it where it fits.
///
/// Exact to the last bit, and as compact as that allows: 16-bit integers where the values are such
/// (per piece of about 0.2 s), else float32.
/// @thread one appends; once nobody does any more, any number of them copy
class Recording {
  public:
    /// @param maxBytes  bound of what is kept; frames beyond it are dropped
    Recording(SourceInfo info, std::int64_t maxBytes);

    const SourceInfo& info() const noexcept { return info_; }
    /// How many frames can be copied, from the first one on; complete after finish().
    std::int64_t numFrames() const noexcept { return numFrames_; }

    /// The next frames of the source.
    void append(const AudioBlock& block);
    /// Nothing more will come.
    void finish();
    /// @param block  inside [frame, numFrames())
    void copy(std::int64_t frame, const AudioBlock& block) const;

  private:
    /// Planar [channel][kPieceFrames], of one kind.
    struct Piece {
        std::int16_t* integers = nullptr;
        float* floats = nullptr;
    };
    struct Free {
        void operator()(std::byte* memory) const noexcept { std::free(memory); }
    };

    void seal();
    /// Memory that lives as long as the recording, for one more piece.
    std::byte* newPiece(std::size_t bytes);

    const SourceInfo info_;
    const std::int64_t maxBytes_;
    std::int64_t bytes_ = 0;
    std::int64_t numFrames_ = 0;
    std::vector<Piece> pieces_;
    std::vector<std::unique_ptr<std::byte, Free>> slabs_;
    std::size_t slabBytes_ = 0, slabLeft_ = 0; ///< of the last slab; at its end
    AudioBuffer open_;                         ///< the piece that is being filled
    std::int64_t filled_ = 0;
    bool full_ = false;
};

/// `source`, while all that is read of it from its start on, without a gap, goes into `recording`
/// as well. The recording is finished when the source is destroyed.
std::unique_ptr<AudioSource> recorded(std::unique_ptr<AudioSource> source,
                                      std::shared_ptr<Recording> recording);

/// The recorded source again. Behind the recording's end the file is opened and decoded.
/// @param path  of the file that was recorded
std::unique_ptr<AudioSource> replayed(std::shared_ptr<const Recording> recording,
                                      std::filesystem::path path);

} // namespace segue::decode
