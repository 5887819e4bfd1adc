// Decoding once what is read twice: whoever masters a file analyses it first. Recorded on the
// analysing thread, then replayed by any number of renders at once, each with a source of its own.
// Always holds: what is replayed is bit for bit what was read.

#include "processing/decode/Recording.h"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <new>
#include <string>
#include <utility>

#include "processing/decode/Samples.h"

namespace segue::decode {
namespace {

// Small enough to lie in the cache while it is packed.
constexpr std::int64_t kPieceFrames = 8192;

class RecordedSource : public AudioSource {
  public:
    RecordedSource(std::unique_ptr<AudioSource> source, std::shared_ptr<Recording> recording)
        : source_(std::move(source)), recording_(std::move(recording)) {}
    ~RecordedSource() override { recording_->finish(); }
    RecordedSource(const RecordedSource&) = delete;
    RecordedSource& operator=(const RecordedSource&) = delete;

    const SourceInfo& info() const noexcept override { return source_->info(); }
    Result<std::int64_t> read(const AudioBlock& block) override {
        auto count = source_->read(block);
        if (!count)
            return count;
        if (position_ == recordedTo_) {
            recording_->append({block.channels, block.numChannels, *count});
            recordedTo_ += *count;
        }
        position_ += *count;
        return count;
    }
    Result<void> seek(std::int64_t frame) override {
        auto moved = source_->seek(frame);
        if (moved)
            position_ = frame;
        return moved;
    }

  private:
    std::unique_ptr<AudioSource> source_;
    std::shared_ptr<Recording> recording_;
    std::int64_t position_ = 0, recordedTo_ = 0;
};

class ReplayedSource : public AudioSource {
  public:
    ReplayedSource(std::shared_ptr<const Recording> recording, std::filesystem::path path)
        : recording_(std::move(recording)), path_(std::move(path)) {}

    const SourceInfo& info() const noexcept override { return recording_->info(); }
    Result<void> seek(std::int64_t frame) override {
        if (frame < 0 || frame > info().numFrames)
            return fail(ErrorCode::InvalidArgument, "seek to frame " + std::to_string(frame) +
                                                        " of " + std::to_string(info().numFrames));
        position_ = frame;
        return {};
    }
    Result<std::int64_t> read(const AudioBlock& block) override {
        if (block.numChannels != info().numChannels)
            return fail(ErrorCode::InvalidArgument, "read of another number of channels");
        const std::int64_t recorded =
            std::clamp<std::int64_t>(recording_->numFrames() - position_, 0, block.numFrames);
        recording_->copy(position_, {block.channels, block.numChannels, recorded});
        position_ += recorded;
        if (recorded == block.numFrames || position_ >= info().numFrames)
            return recorded;
        std::array<float*, kMaxChannels> channels{};
        for (int c = 0; c < block.numChannels; ++c)
            channels[static_cast<std::size_t>(c)] = block.channels[c] + recorded;
        auto decoded = decode({channels.data(), block.numChannels, block.numFrames - recorded});
        // What is there is given first; the next call meets the error again.
        if (!decoded)
            return recorded > 0 ? Result<std::int64_t>(recorded) : decoded;
        return recorded + *decoded;
    }

  private:
    Result<std::int64_t> decode(const AudioBlock& block) {
        if (!file_) {
            auto opened = openSource(path_);
            if (!opened)
                return fail(std::move(opened.error()));
            if ((*opened)->info().stamp != info().stamp)
                return fail(ErrorCode::Changed, "'" + path_.string() + "' was edited meanwhile");
            file_ = std::move(*opened);
            filePosition_ = 0;
        }
        if (filePosition_ != position_)
            if (auto moved = file_->seek(position_); !moved)
                return fail(std::move(moved.error()));
        auto count = file_->read(block);
        if (count)
            position_ += *count;
        filePosition_ = count ? position_ : -1;
        return count;
    }

    std::shared_ptr<const Recording> recording_;
    std::filesystem::path path_;
    std::unique_ptr<AudioSource> file_; ///< once it is needed
    std::int64_t position_ = 0, filePosition_ = 0;
};

} // namespace

Recording::Recording(SourceInfo info, std::int64_t maxBytes)
    : info_(std::move(info)), maxBytes_(maxBytes), open_(info_.numChannels, kPieceFrames) {}

void Recording::append(const AudioBlock& block) {
    assert(block.numChannels == info_.numChannels);
    for (std::int64_t done = 0; done < block.numFrames && !full_;) {
        const std::int64_t count = std::min(block.numFrames - done, kPieceFrames - filled_);
        for (int c = 0; c < block.numChannels; ++c)
            std::copy_n(block.channels[c] + done, count, open_.channel(c) + filled_);
        filled_ += count;
        done += count;
        if (filled_ == kPieceFrames)
            seal();
    }
}

void Recording::finish() {
    if (filled_ > 0)
        seal();
    full_ = true;
    open_ = {};
}

void Recording::seal() {
    const auto size = static_cast<std::size_t>(kPieceFrames * info_.numChannels);
    bool integers = true;
    for (int c = 0; c < info_.numChannels && integers; ++c)
        integers = are16Bit(open_.channel(c), filled_);
    const auto bytes =
        static_cast<std::int64_t>(size * (integers ? sizeof(std::int16_t) : sizeof(float)));
    full_ = bytes_ + bytes > maxBytes_;
    if (!full_) {
        Piece piece;
        std::byte* memory = newPiece(static_cast<std::size_t>(bytes));
        if (integers)
            piece.integers = reinterpret_cast<std::int16_t*>(memory);
        else
            piece.floats = reinterpret_cast<float*>(memory);
        for (int c = 0; c < info_.numChannels; ++c) {
            if (integers)
                to16Bit(open_.channel(c), filled_, piece.integers + c * kPieceFrames);
            else
                std::copy_n(open_.channel(c), filled_, piece.floats + c * kPieceFrames);
        }
        pieces_.push_back(piece);
        bytes_ += bytes;
        numFrames_ += filled_;
    }
    filled_ = 0;
}

std::byte* Recording::newPiece(std::size_t bytes) {
    // In pages of 4 KiB, handing out the memory would take a twentieth of a whole master's time.
    constexpr std::size_t kHugePage = std::size_t{2} << 20;
    if (slabLeft_ < bytes) {
        slabLeft_ = (bytes + kHugePage - 1) / kHugePage * kHugePage;
        slabs_.emplace_back(static_cast<std::byte*>(std::aligned_alloc(kHugePage, slabLeft_)));
        if (!slabs_.back())
            throw std::bad_alloc();
        ::madvise(slabs_.back().get(), slabLeft_, MADV_HUGEPAGE);
        slabBytes_ = slabLeft_;
    }
    std::byte* piece = slabs_.back().get() + (slabBytes_ - slabLeft_);
    slabLeft_ -= bytes;
    return piece;
}

void Recording::copy(std::int64_t frame, const AudioBlock& block) const {
    assert(frame >= 0 && (block.numFrames == 0 || frame + block.numFrames <= numFrames_));
    for (std::int64_t done = 0; done < block.numFrames;) {
        const Piece& piece = pieces_[static_cast<std::size_t>((frame + done) / kPieceFrames)];
        const std::int64_t from = (frame + done) % kPieceFrames;
        const std::int64_t count = std::min(block.numFrames - done, kPieceFrames - from);
        for (int c = 0; c < block.numChannels; ++c) {
            const std::int64_t at = c * kPieceFrames + from;
            if (piece.integers)
                from16Bit(piece.integers + at, count, block.channels[c] + done);
            else
                std::copy_n(piece.floats + at, count, block.channels[c] + done);
        }
        done += count;
    }
}

std::unique_ptr<AudioSource> recorded(std::unique_ptr<AudioSource> source,
                                      std::shared_ptr<Recording> recording) {
    return std::make_unique<RecordedSource>(std::move(source), std::move(recording));
}

std::unique_ptr<AudioSource> replayed(std::shared_ptr<const Recording> recording,
                                      std::filesystem::path path) {
    return std::make_unique<ReplayedSource>(std::move(recording), std::move(path));
}

} // namespace segue::decode
