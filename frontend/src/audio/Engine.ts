import type { Track } from '../api/types';
import { overlapSeconds } from '../lib/overlap';
import { strings } from '../strings';
import { Clip, kEdgeSeconds } from './Clip';
import { Line } from './Line';
import { Output } from './Output';
import { PcmStore, type Failure, type Tap, type Trouble, type VoiceName } from './PcmStore';

/** So much is kept of each voice around the playhead: with both, some 12 MB at 44.1 kHz stereo. */
const kAheadSeconds = 12;
const kShadowAheadSeconds = 8;
const kBehindSeconds = 5;
/** Music begins when this much is there; after a stall more, lest it stumbles again. */
const kStartSeconds = 0.15;
const kResumeSeconds = 0.5;
/** Between two places of the music, after a jump: heard as a cut, not as both at once. */
const kPauseSeconds = 0.003;
/** From one voice to the other: the same music, so equal gain; short, and yet without a click. */
const kVoiceFadeSeconds = 0.02;
/** A new voice is gone over to when so much of it is laid that the rest surely follows in time. */
const kVoiceReadySeconds = 0.25;
/** The voice that is not heard is fetched once the one that is has so much. */
const kShadowAfterSeconds = 2;
/** The next track is fetched this long before the end. */
const kNextSeconds = 25;
/** What is laid ends with a fade, in case nothing follows, when so little of it is left. */
const kGuardSeconds = 3;
/** Trouble that passes while this much is there disturbs nobody, so nothing is said. */
const kQuietTroubleSeconds = 4;
const kMostPlacings = 4;
const kTickMs = 250;

export interface VoiceStream {
    voice: VoiceName;
    url: string;
}

/** The stream that is to be heard, and the one that is kept ready beside it. */
export interface Voices {
    audible: VoiceStream;
    shadow: VoiceStream;
}

export interface EngineEvents {
    voicesOf(track: Track): Voices;
    /** Added to addresses when they are fetched: what the server is to prepare. */
    hintOf(track: Track): string;
    /** The next track has begun. */
    moved(track: Track): void;
    /** The last track has ended. */
    ended(): void;
    /** A few times a second. */
    ticked(): void;
    waits(isWaiting: boolean): void;
    /** Sound is about to be missing, or is again there. */
    troubled(trouble: Trouble | undefined): void;
    failed(track: Track, failure: Failure): void;
    nextFailed(track: Track, failure: Failure): void;
    /** The voice that was chosen cannot be had; what was heard before goes on. */
    voiceFailed(failure: Failure): void;
    interrupted(): void;
}

/**
 * Plays one track after the other on the clock of one AudioContext. PCM comes by range requests
 * and is laid on the clock frame by frame, some seconds ahead, so that neither timers nor a busy
 * page can be heard. Both voices of a track lie there, one of them at gain 0: to compare them is to
 * move two gains. Changes are made by `settle`, which looks at what there is and what is wanted,
 * and may be called at any time.
 */
export class Engine {
    private output: Output | undefined;
    /** The rate that `output` was made for, which it may not have. */
    private askedRateHz = 0;
    private current: Clip | undefined;
    private next: Clip | undefined;
    private nextTrack: Track | undefined;
    /** Tracks that end while the next one has begun, until frame `end`. */
    private readonly leaving = new Map<Clip, number>();
    private readonly taps = new Set<Tap>();
    private running = false;
    private waiting = false;
    private trouble: Trouble | undefined;
    private resumes = false;
    /** What a jump has left behind is silent from this frame on. */
    private quietFrom = 0;
    private speed = 1;
    private volume = 1;
    private crossfadeSeconds = 0;
    private settling = false;
    private timer: ReturnType<typeof setInterval> | undefined;

    constructor(private readonly events: EngineEvents) {
        addEventListener('online', () => this.hurry());
    }

    /** Everything that plays, before volume and pauses; nothing before the first track. */
    get mix(): AudioNode | undefined {
        return this.output?.mix;
    }

    get isLoaded(): boolean {
        return this.current !== undefined;
    }

    /** The place that sounds now. */
    get seconds(): number {
        const { current, output } = this;
        if (!current || !output) return 0;
        return current.frameAt(output.now) / output.rateHz;
    }

    /** The address of the stream that is heard. */
    get heardUrl(): string | undefined {
        return this.current?.heard?.store.url;
    }

    /** The addresses of the voices that can be heard at once. */
    get voicesLaid(): string[] {
        const { current, output } = this;
        if (!current || !output) return [];
        const isLaid = ([, line]: [string, Line]) => line.isLaid(current, output.soon, 1);
        return [...current.lines].filter(isLaid).map(([url]) => url);
    }

    /** How much of the music is there already. */
    get secondsAhead(): number {
        const { current, output } = this;
        if (!current?.heard || !output) return 0;
        return (current.heard.store.end - current.frameAt(output.now)) / output.rateHz;
    }

    get durationSeconds(): number | undefined {
        const total = this.current?.total;
        return total === undefined || !this.output ? undefined : total / this.output.rateHz;
    }

    /** `tap` is given every block of PCM as it comes from the server. @return takes it off */
    addTap(tap: Tap): () => void {
        this.taps.add(tap);
        return () => this.taps.delete(tap);
    }

    /** One place of the music does not begin before the other has faded. */
    private hush(): void {
        const { output } = this;
        if (!output || this.current?.heard === undefined) return;
        this.quietFrom = output.soon + Math.ceil((kEdgeSeconds + kPauseSeconds) * output.rateHz);
    }

    /** Silences what a jump leaves behind. */
    private retireLeaving(): void {
        for (const clip of this.leaving.keys()) clip.retire();
        this.leaving.clear();
    }

    /** Another track, now. The next one, if it is this, has its beginning already. */
    begin(track: Track, seconds: number): void {
        const ready = this.next;
        const isReady = ready?.track.id === track.id && seconds === 0;
        this.nextTrack = this.next = undefined;
        if (ready && !isReady) ready.dispose();
        this.current?.retire();
        this.retireLeaving();
        this.hush();
        if (ready && isReady) {
            ready.unplace(0);
            this.current = ready;
        } else {
            const output = this.outputFor(track);
            const from = Math.round(seconds * output.rateHz);
            this.current = new Clip(track, output, from, this.speed, from > 0);
        }
        this.resumes = false;
        this.timer ??= setInterval(() => {
            this.settle();
            this.events.ticked();
        }, kTickMs);
        this.settle();
    }

    /** What plays when the current track ends; nothing: the music ends. */
    follow(track: Track | undefined): void {
        if (track?.id === this.nextTrack?.id) return;
        this.nextTrack = track;
        this.dropNext();
        this.settle();
    }

    /** Lets go of everything. */
    stop(): void {
        this.current?.retire();
        this.retireLeaving();
        this.next?.dispose();
        this.current = this.next = this.nextTrack = undefined;
        clearInterval(this.timer);
        this.timer = undefined;
        this.tellWaiting(false);
        this.tellTrouble(undefined);
    }

    seek(seconds: number): void {
        const { current, output } = this;
        if (!current || !output) return;
        const most = Math.max(0, (current.total ?? Infinity) - 1);
        this.hush();
        this.restart(Math.min(most, Math.round(seconds * output.rateHz)));
    }

    setSpeed(speed: number): void {
        if (speed === this.speed) return;
        this.speed = speed;
        const { current, output } = this;
        if (current && output) this.restart(current.frameAt(output.layable));
    }

    setCrossfade(seconds: number): void {
        this.crossfadeSeconds = seconds;
    }

    setVolume(level: number): void {
        this.volume = level;
        this.output?.setVolume(level);
    }

    /** Voices are others now: `voicesOf` says which. */
    voicesChanged(): void {
        this.current?.refused.clear();
        this.next?.refused.clear();
        this.settle();
    }

    /** Wakes the browser's audio, which some allow only while a key or button is being pressed. */
    unlock(track: Track | undefined): void {
        if (track && !this.current && !this.output) this.outputFor(track);
        this.running = true;
        void this.output?.run();
    }

    /** @return whether the browser lets it */
    async play(): Promise<boolean> {
        this.running = true;
        this.hurry();
        let runs = true;
        let output: Output | undefined;
        while (output !== this.output) {
            output = this.output;
            runs = (await output?.run()) ?? true;
        }
        if (!this.running) output?.halt();
        this.settle();
        return runs;
    }

    pause(): void {
        this.running = false;
        this.output?.halt();
    }

    fadeOut(seconds: number): void {
        this.output?.fadeOut(seconds);
    }

    fadeBack(): void {
        if (this.running) this.output?.fadeBack();
    }

    /** Tries again what waits to be tried. */
    hurry(): void {
        for (const clip of [this.current, this.next])
            for (const { store } of clip?.lines.values() ?? []) store.hurry();
    }

    /**
     * A clock at the track's own rate, where the browser has one; within a queue the clock stays,
     * and tracks of other rates are resampled, since a new clock cannot begin without a gap.
     */
    private outputFor({ sampleRateHz }: Track): Output {
        if (this.output && this.askedRateHz === sampleRateHz) return this.output;
        this.askedRateHz = sampleRateHz;
        this.output?.close();
        this.quietFrom = 0;
        const output = new Output(sampleRateHz, () => this.events.interrupted());
        this.output = output;
        output.setVolume(this.volume);
        if (this.running) void output.run();
        return output;
    }

    /** The same track from another frame on, or at another speed. */
    private restart(from: number): void {
        const { current, output } = this;
        if (!current || !output) return;
        const clip = new Clip(current.track, output, from, this.speed, from > 0);
        const enough = Math.round(kStartSeconds * this.speed * output.rateHz);
        const kept = new Set<PcmStore>();
        for (const [url, { store }] of current.lines) {
            if (store.failure || !store.covers(from, enough)) continue;
            kept.add(store);
            clip.lines.set(url, new Line(store, output, clip.edge, 0));
        }
        this.current = clip;
        current.retire(kept);
        this.retireLeaving();
        this.next?.unplace(0);
        if (this.next && this.next.speed !== this.speed) this.dropNext();
        this.resumes = false;
        this.settle();
    }

    private settle(): void {
        // Closing a store or failing may call back.
        if (this.settling) return;
        this.settling = true;
        try {
            this.promote();
            this.notice();
            if (this.current) this.settleClip(this.current, true);
            this.settleNext();
            this.tell();
        } finally {
            this.settling = false;
        }
    }

    /** Goes over to the next track when its time has come, and ends when nothing is left. */
    private promote(): void {
        const { current, next, output } = this;
        if (!current || !output) return;
        const { now } = output;
        for (const [clip, end] of this.leaving) {
            if (now < end) continue;
            this.leaving.delete(clip);
            clip.dispose();
        }
        const nextBegins = next?.at !== undefined && now >= next.at;
        const hasEnded = current.end !== undefined && now >= current.end;
        if (!nextBegins && !hasEnded) return;
        if (nextBegins && next) {
            this.leaving.set(current, current.end ?? now);
            this.current = next;
            this.next = this.nextTrack = undefined;
            this.events.moved(next.track);
        } else if (this.nextTrack) {
            const track = this.nextTrack;
            this.current = next ?? new Clip(track, output, 0, this.speed, false);
            this.next = this.nextTrack = undefined;
            current.dispose();
            this.events.moved(track);
        } else {
            this.current = undefined;
            current.dispose();
            this.events.ended();
        }
    }

    /** What is laid has run out: the clock goes on, the music waits. */
    private notice(): void {
        const { current, output } = this;
        const heard = current?.heard;
        if (!current || !output || !heard || current.at === undefined) return;
        if (heard.isLaidToEnd(current) || heard.laidEnd === 0) return;
        if (output.now < heard.laidEnd) return;
        current.unplace(current.frameAt(heard.laidEnd));
        this.next?.unplace(0);
        this.resumes = true;
    }

    private settleClip(clip: Clip, isCurrent: boolean): void {
        const { output } = this;
        if (!output) return;
        const { audible, shadow } = this.events.voicesOf(clip.track);
        this.dropFailed(clip, audible.url, isCurrent);
        if (clip !== this.current && clip !== this.next) return;
        const wanted = this.lineOf(clip, audible);
        if (!wanted) return;
        if (clip.at === undefined && isCurrent) this.placeCurrent(clip, wanted);
        if (clip !== this.current && clip !== this.next) return;
        for (const line of clip.lines.values()) line.lay(clip, line === clip.heard);
        if (clip.at !== undefined && clip.heard !== wanted) this.goOver(clip, wanted);

        const hasEnough =
            wanted === clip.heard &&
            (wanted.store.isWhole ||
                wanted.store.end - clip.frameAt(output.now) > kShadowAfterSeconds * output.rateHz);
        if (isCurrent && hasEnough && !clip.refused.has(shadow.url)) this.lineOf(clip, shadow);

        for (const [url, line] of clip.lines) {
            if (line === clip.heard || url === audible.url || url === shadow.url) continue;
            const isFading = line.silentFrom !== undefined && output.now < line.silentFrom;
            if (isFading && clip.at !== undefined) continue;
            clip.lines.delete(url);
            line.store.close();
            line.dispose();
        }
        const place = clip.frameAt(output.now);
        for (const line of clip.lines.values()) {
            const ahead =
                line === wanted ? kAheadSeconds + this.crossfadeSeconds : kShadowAheadSeconds;
            line.store.want(place + ahead * this.speed * output.rateHz);
            line.store.dropBefore(place - kBehindSeconds * output.rateHz);
        }
        if (clip.at !== undefined && clip.heard) {
            const left = clip.heard.laidEnd - output.now;
            const isShort = !clip.heard.isLaidToEnd(clip) && left < kGuardSeconds * output.rateHz;
            clip.guard(isShort ? clip.heard.laidEnd : undefined);
        }
    }

    private placeCurrent(clip: Clip, line: Line): void {
        const { output } = this;
        if (!output) return;
        if (line.store.begin > clip.from) {
            // It was begun for a place further on, which was never reached.
            line.store.close();
            line.dispose();
            clip.lines.delete(line.store.url);
            return;
        }
        const seconds = this.resumes ? kResumeSeconds : kStartSeconds;
        if (!line.store.covers(clip.from, Math.round(seconds * this.speed * output.rateHz))) return;
        if (clip.total === 0) {
            this.current = undefined;
            clip.dispose();
            const failure: Failure = { kind: 'refused', text: strings.player.noSound };
            this.later(() => this.events.failed(clip.track, failure));
            return;
        }
        this.resumes = false;
        for (let tries = 0; tries < kMostPlacings; tries++) {
            clip.place(Math.max(output.layable, this.quietFrom), line);
            line.lay(clip, true, clip.at);
            // A page that was held up meanwhile has lost the first frames: once more, later.
            if (line.laidFrom === clip.at) return;
            clip.unplace(clip.from);
        }
        clip.place(Math.max(output.layable, this.quietFrom), line);
    }

    /** From the voice that is heard to the one that is wanted, if enough of it is laid. */
    private goOver(clip: Clip, wanted: Line): void {
        const { output } = this;
        if (!output || clip.at === undefined) return;
        const { context, rateHz } = output;
        const at = Math.max(output.soon, clip.at, wanted.laidFrom);
        if (!wanted.isLaid(clip, at, Math.round(kVoiceReadySeconds * rateHz))) return;
        const old = clip.heard;
        clip.heard = wanted;
        wanted.silentFrom = undefined;
        if (old) old.silentFrom = at + Math.ceil(kVoiceFadeSeconds * rateHz);
        if (at === clip.at) {
            old?.fader.set(0);
            wanted.fader.set(1);
            return;
        }
        old?.fader.ramp(context.currentTime, at / rateHz, kVoiceFadeSeconds, 0);
        wanted.fader.ramp(context.currentTime, at / rateHz, kVoiceFadeSeconds, 1);
    }

    private lineOf(clip: Clip, { voice, url }: VoiceStream): Line | undefined {
        const there = clip.lines.get(url);
        if (there) return there;
        const { output } = this;
        if (!output || clip.refused.has(url)) return clip.heard;
        const format = [...clip.lines.values()].map(({ store }) => store.format).find(Boolean);
        const hasBegun = clip.at !== undefined && clip.at < output.soon;
        const from = hasBegun ? clip.frameAt(output.soon) : clip.from;
        // Nothing is left that another voice could be heard in: of a track that is over at once, all.
        if (clip.total !== undefined && from >= clip.total) return clip.heard;
        const store = new PcmStore({
            track: clip.track,
            voice,
            url,
            hint: () => this.events.hintOf(clip.track),
            context: output.context,
            from,
            format,
            tap: (block) => this.taps.forEach((tap) => tap(block)),
            onChange: () => this.settle(),
        });
        const line = new Line(store, output, clip.edge, 0);
        clip.lines.set(url, line);
        return line;
    }

    /** Streams that cannot be had: the wanted one is told of, another is left out. */
    private dropFailed(clip: Clip, wantedUrl: string, isCurrent: boolean): void {
        for (const [url, line] of clip.lines) {
            const { failure } = line.store;
            if (!failure) continue;
            if (line === clip.heard) {
                // What is there of it is still played.
                if (!this.output || this.output.now < line.laidEnd) continue;
            }
            clip.lines.delete(url);
            clip.refused.add(url);
            const wasHeard = line === clip.heard;
            line.dispose();
            if (url !== wantedUrl) continue;
            if (clip.heard && !wasHeard) {
                this.later(() => this.events.voiceFailed(failure));
            } else if (isCurrent) {
                this.current = undefined;
                clip.dispose();
                this.later(() => this.events.failed(clip.track, failure));
            } else {
                this.dropNext();
                this.later(() => this.events.nextFailed(clip.track, failure));
            }
            return;
        }
    }

    private later(act: () => void): void {
        queueMicrotask(act);
    }

    private settleNext(): void {
        const { current, output, nextTrack } = this;
        if (!current || !output) return;
        if (!nextTrack) return;
        const { end } = current;
        const left = end === undefined ? Infinity : (end - output.now) / output.rateHz;
        if (!this.next) {
            if (left > kNextSeconds + this.crossfadeSeconds) return;
            this.next = new Clip(nextTrack, output, 0, this.speed, false);
        }
        const { next } = this;
        if (next.at === undefined && end !== undefined) this.placeNext(current, next, end);
        this.settleClip(next, false);
    }

    private placeNext(current: Clip, next: Clip, end: number): void {
        const { output } = this;
        if (!output) return;
        const { audible } = this.events.voicesOf(next.track);
        const line = this.lineOf(next, audible);
        const enough = Math.round(kStartSeconds * this.speed * output.rateHz);
        if (!line?.store.covers(0, enough)) return;
        const overlap = overlapSeconds(current.track, next.track, this.crossfadeSeconds);
        const begin = Math.max(end - Math.round(overlap * output.rateHz), output.layable);
        if (begin > end) return; // Too late for the sample: it begins when this one has ended.
        next.place(begin, line);
        if (begin >= end) return;
        current.crossfade(begin, end, 'out');
        next.crossfade(begin, end, 'in');
    }

    private dropNext(): void {
        this.next?.dispose();
        this.next = undefined;
        this.current?.uncross();
    }

    /** Tells of waiting and of trouble, once each. */
    private tell(): void {
        const { current, output } = this;
        this.tellWaiting(current !== undefined && current.at === undefined);
        if (!current || !output) {
            this.tellTrouble(undefined);
            return;
        }
        const { audible } = this.events.voicesOf(current.track);
        const store = current.lines.get(audible.url)?.store;
        const ahead = current.heard ? current.heard.laidEnd - output.now : 0;
        const isFelt = ahead < kQuietTroubleSeconds * output.rateHz;
        this.tellTrouble(isFelt ? store?.trouble : undefined);
    }

    private tellWaiting(waiting: boolean): void {
        if (waiting === this.waiting) return;
        this.waiting = waiting;
        this.events.waits(waiting);
    }

    private tellTrouble(trouble: Trouble | undefined): void {
        if (trouble === this.trouble) return;
        this.trouble = trouble;
        this.events.troubled(trouble);
    }
}
