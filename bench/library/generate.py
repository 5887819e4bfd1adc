#!/usr/bin/env python3
"""Makes a library of N tiny but valid FLAC and MP3 files with full tags.

usage: generate.py FOLDER TRACKS [--seed S]

Artists, albums and titles are made of a vocabulary in which, as in real ones, few words are
frequent and most are rare. The same arguments make the same files. A track takes one block of the
disk (4 KiB) and one inode.
"""

import argparse
import bisect
import itertools
import os
import random
import struct

COMMON = ("the love you me night day heart of in my a to and on blue time world for girl dance rain "
          "fire dream home road light sun moon river song baby life summer winter city dark sweet "
          "black white red gold wild young free lonely happy dead long last first little big old new "
          "good bad cold hot stone water wind sky star eyes hand mind soul blood bone king queen").split()
GENRES = ("Rock Pop Jazz Classical Electronic Folk Metal Blues Country Soul Reggae Ambient Punk "
          "Techno House Funk Latin Soundtrack Opera Disco").split()
ACCENTS = {"e": "é", "o": "ö", "a": "å", "u": "ü", "n": "ñ"}


def vocabulary(rng):
    syllables = [c + v for c in "bcdfghjklmnprstvwz" for v in "aeiou"]
    words = list(COMMON)
    seen = set(words)
    while len(words) < 20000:
        word = "".join(rng.choice(syllables) for _ in range(rng.randint(2, 4)))
        if rng.random() < 0.03:
            word = "".join(ACCENTS.get(c, c) if rng.random() < 0.4 else c for c in word)
        if word not in seen:
            seen.add(word)
            words.append(word)
    return words


class Words:
    def __init__(self, rng):
        self.rng = rng
        self.words = vocabulary(rng)
        self.sums = list(itertools.accumulate(1 / (i + 3) for i in range(len(self.words))))

    def phrase(self, least, most):
        pick = lambda: self.words[bisect.bisect(self.sums, self.rng.random() * self.sums[-1])]
        return " ".join(pick() for _ in range(self.rng.randint(least, most))).title()


def crc8(data):
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x07) & 0xFF if crc & 0x80 else crc << 1
    return crc


def crc16(data):
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x8005) & 0xFFFF if crc & 0x8000 else crc << 1
    return crc


def flac_frame():
    """4096 frames of silence, mono, 44.1 kHz, 16 bit: one constant subframe."""
    head = bytes([0xFF, 0xF8, 0xC9, 0x08, 0x00])
    head += bytes([crc8(head)])
    body = head + bytes([0x00, 0x00, 0x00])
    return body + struct.pack(">H", crc16(body))


FLAC_FRAME = flac_frame()
STREAMINFO = (struct.pack(">HH", 4096, 4096) + bytes(6) +
              struct.pack(">Q", 44100 << 44 | 0 << 41 | 15 << 36 | 4096) + bytes(16))


def flac(fields):
    entries = [f"{k}={v}".encode() for k, v in fields]
    comment = struct.pack("<I", 5) + b"segue" + struct.pack("<I", len(entries))
    comment += b"".join(struct.pack("<I", len(e)) + e for e in entries)
    return (b"fLaC" + struct.pack(">I", len(STREAMINFO)) + STREAMINFO +
            struct.pack(">I", 0x84000000 | len(comment)) + comment + FLAC_FRAME)


# MPEG-1 layer III, 128 kbit/s, 44.1 kHz, mono: frames of zeros decode to silence.
MP3_FRAMES = 3 * (bytes([0xFF, 0xFB, 0x90, 0xC0]) + bytes(413))
ID3 = {"TITLE": b"TIT2", "ARTIST": b"TPE1", "ALBUM": b"TALB", "ALBUMARTIST": b"TPE2",
       "GENRE": b"TCON", "TRACKNUMBER": b"TRCK", "DISCNUMBER": b"TPOS", "DATE": b"TDRC",
       "COMPOSER": b"TCOM"}


def mp3(fields):
    frames = b""
    for key, value in fields:
        text = b"\x03" + value.encode()
        size = len(text)
        frames += ID3[key] + bytes([size >> 21 & 127, size >> 14 & 127, size >> 7 & 127, size & 127])
        frames += b"\0\0" + text
    size = len(frames)
    return (b"ID3\x04\0\0" + bytes([size >> 21 & 127, size >> 14 & 127, size >> 7 & 127, size & 127]) +
            frames + MP3_FRAMES)


def albums(count, seed):
    """(folder, fields of the album, number of tracks) until `count` tracks are there."""
    rng = random.Random(seed)
    words = Words(rng)
    artists = [words.phrase(1, 3) for _ in range(max(3, count // 60))]
    left = count
    number = 0
    while left > 0:
        tracks = min(left, rng.randint(6, 18))
        left -= tracks
        number += 1
        artist = artists[int(len(artists) * rng.random() ** 2)]
        title = words.phrase(1, 4)
        year = str(rng.randint(1955, 2025))
        genre = GENRES[int(len(GENRES) * rng.random() ** 2)]
        yield rng, words, f"{artist}/{year} {title} {number}", artist, title, year, genre, tracks


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("tracks", type=int)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    made = 0
    for rng, words, name, artist, album, year, genre, tracks in albums(options.tracks, options.seed):
        folder = os.path.join(options.folder, name[:2].strip().lower() or "_", name)
        os.makedirs(folder, exist_ok=True)
        for i in range(1, tracks + 1):
            title = words.phrase(1, 5)
            fields = [("TITLE", title), ("ARTIST", artist), ("ALBUM", album),
                      ("ALBUMARTIST", artist), ("GENRE", genre), ("TRACKNUMBER", f"{i}/{tracks}"),
                      ("DISCNUMBER", "1/1"), ("DATE", year)]
            if rng.random() < 0.2:
                fields.append(("COMPOSER", words.phrase(2, 2)))
            kind = made % 2
            path = os.path.join(folder, f"{i:02} {title}." + ("mp3" if kind else "flac"))
            with open(path, "wb") as file:
                file.write(mp3(fields) if kind else flac(fields))
            made += 1
    print(f"{made} tracks in {options.folder}")


if __name__ == "__main__":
    main()
