export interface Track {
    id: string;
    title: string;
    artist: string;
    album: string;
    albumArtist: string;
    genre: string;
    /** 0: unknown, as for discNumber and year. */
    trackNumber: number;
    discNumber: number;
    year: number;
    durationSeconds: number;
    sampleRateHz: number;
    channels: number;
    codec: string;
    missing: boolean;
    playCount: number;
    lastPlayedAtMs: number | null;
    /** Null: it has no star. */
    starredAtMs: number | null;
    /** 1 .. 5 */
    rating: number | null;
    albumId: string | null;
    addedAtMs: number;
}

export interface TrackPage {
    tracks: Track[];
    next: string | null;
    total: number;
}

/** A taste; `GET /api/presets` says what each member means, and the server which values it takes. */
export interface Preset {
    name: string;
    intent: string;
    toneHz: number[];
    toneDb: number[];
    correction: number;
    /** Null: from the content, as for `width`. */
    ratio: number | null;
    attackMs: number;
    releaseMs: number;
    width: number | null;
    evenHarmonics: number;
    targetLufs: number;
    ceilingDbtp: number;
    builtIn: boolean;
}

/** What of a preset is sent: its name is in the address, the rest is the server's. */
export type PresetBody = Omit<Preset, 'name' | 'toneHz' | 'builtIn'>;

/** A sound to come close to, made of tracks or of a file that was sent. */
export interface Reference {
    id: string;
    createdMs: number;
    name: string;
    /** Titles of what it was made of. */
    sources: string[];
    integratedLufs: number;
    loudnessRangeLu: number;
}

export interface Analysis {
    integratedLufs?: number | null;
    loudnessRangeLu?: number | null;
    truePeakDbtp?: number | null;
    samplePeakDbfs?: number | null;
    /** Peaks from the start to the end of the track, evenly spaced. */
    waveform?: number[] | null;
}

export interface Plan {
    /** Of every number that changes a sample. */
    id: string;
    /** What is done and why, a sentence each. */
    summary: string[];
    /** The do-no-harm rules that acted, in words. */
    heldBackBy: string[];
    provisional: boolean;
    sourceLufs: number;
    targetLufs: number;
    /** What the result will measure; the target, unless a rule held it back. */
    predictedLufs: number;
    gainDb: number;
    ceilingDbtp: number;
    /** The limiter's deepest reduction, <= 0. */
    predictedLimitingDb: number;
}

/** What a track measures on one side of the mastering; values over time are extremes. */
export interface Measures extends Curve {
    integratedLufs: number;
    truePeakDbtp: number;
    waveform: number[];
    /** Null in a quick analysis. */
    shortTermLufs: number[] | null;
}

/** What a plan makes of a track: the two sides, and what is taken away where. */
export interface Effect {
    provisional: boolean;
    thirdOctaveHz: number[];
    before: Measures;
    after: Measures;
    shortTermStepSeconds: number;
    targetLufs: number;
    ceilingDbtp: number;
    /** All at most 0; null in a quick analysis. */
    gainReduction: {
        stepSeconds: number;
        limiterDb: number[];
        bands: { fromHz: number; toHz: number; gainDb: number[] }[];
    } | null;
    tone: Curve;
    /** As loud as `after`; null without a reference. */
    reference: Curve | null;
}

/** Per third octave, of mid and side. */
export interface Curve {
    midDb: number[];
    sideDb: number[];
}

export interface Chunks {
    chunkSeconds: number;
    count: number;
    provisional: boolean;
    chunks: string[];
}

export interface ScanStatus {
    running: boolean;
    failed: boolean;
    cancelled: boolean;
    /** Why it failed. */
    error: string | null;
    /** Only so many folders are looked into, those that have changed; null: all. */
    folders: number | null;
    /** Milliseconds since 1970; null: none began, or it runs still. */
    startedMs: number | null;
    endedMs: number | null;
    filesSeen: number;
    filesToRead: number;
    filesRead: number;
    added: number;
    changed: number;
    moved: number;
    missing: number;
    skipped: number;
}

/** Whether the server is well, and what it is doing. */
export interface Health {
    version: string;
    uptimeSeconds: number;
    tracks: number;
    scan: ScanStatus;
    analysis: { pending: number };
}

/** What the listener chose to hear; together with a track it names one stream. */
export interface Voice {
    enhanced: boolean;
    preset: string;
    /** 0 .. 1 */
    intensity: number;
    /** The id of a reference to sound like; empty: none. */
    reference: string;
    /** How far towards the reference, 0 .. 1. */
    blend: number;
    /** Null: as the preset, or the server, says. */
    targetLufs: number | null;
    ceilingDbtp: number | null;
    /** Counts changes of presets that keep their names, so that the stream gets another one. */
    edition: number;
}

/** What plays, kept on the server for the next time or another client. */
export interface SavedQueue {
    trackIds: string[];
    currentIndex: number;
    positionSeconds: number;
}
