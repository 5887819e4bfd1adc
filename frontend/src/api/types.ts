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
}

export interface TrackPage {
    tracks: Track[];
    next: string | null;
    total: number;
}

export interface Preset {
    name: string;
    intent: string;
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
    /** What is done and why, a sentence each. */
    summary: string[];
    provisional: boolean;
    sourceLufs?: number | null;
    targetLufs?: number | null;
    /** What the result will measure; the target, unless a rule held it back. */
    predictedLufs?: number | null;
    gainDb?: number | null;
    ceilingDbtp?: number | null;
    predictedLimitingDb?: number | null;
}

export interface Chunks {
    chunkSeconds: number;
    count: number;
    provisional: boolean;
    chunks: string[];
}

export interface Health {
    status: string;
    version: string;
    scan?: { running: boolean; filesRead?: number; filesToRead?: number };
    analysis?: { pending: number };
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
}

/** What plays, kept on the server for the next time or another client. */
export interface SavedQueue {
    trackIds: string[];
    currentIndex: number;
    positionSeconds: number;
}
