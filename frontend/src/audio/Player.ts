import { batch, computed, effect, signal } from '@preact/signals';
import { api, ApiError } from '../api/client';
import type { Track, Voice } from '../api/types';
import { backoffMs, retryAfterMs } from '../lib/backoff';
import { Listening } from '../lib/listening';
import * as queues from '../lib/queue';
import { currentId, kEmptyQueue, kRestartAfterSeconds, step, type Queue } from '../lib/queue';
import { titleOf } from '../lib/rows';
import { findTrack, knownTrack, markMissing } from '../model/library';
import * as settings from '../model/settings';
import { dismiss, showUntilDismissed, toast } from '../model/toasts';
import { Deck } from './Deck';

const kFadeOutMs = 50;
/** From one voice to another; both are the same music, so their levels add up. */
const kCrossfadeMs = 60;
/** Two copies of the same music closer than this sound as one place. */
const kAlignedSeconds = 0.03;
const kSwitchDeadlineMs = 15_000;
/** The next track is opened this long before the end: the server then renders its first chunk. */
const kPrepareNextSeconds = 20;
/** Data that stays away this long counts as a lost connection. */
const kStallMs = 12_000;
const kMostFailuresPerTrack = 3;
const kMostSkipsInARow = 5;
/** A slider that is drawn gives many values; a choice is one and acts at once. */
const kSettleMs = 60;
/** How long a media element takes to seek where nothing is rendered, until one was seen. */
const kUsualSeekSeconds = 0.1;
const kLongestSeekSeconds = 0.15;
/** From asking a media element to play until it moves. */
const kStartSeconds = 0.01;

const playable = (id: string) => knownTrack(id)?.missing !== true;

type Verdict =
    | { kind: 'fine' }
    | { kind: 'gone'; text: string }
    | { kind: 'refused'; text: string }
    | { kind: 'busy'; waitMs: number | undefined }
    | { kind: 'unreachable' };

async function verdictOn(url: string): Promise<Verdict> {
    try {
        await api.probe(url);
        return { kind: 'fine' };
    } catch (error) {
        if (!(error instanceof ApiError)) return { kind: 'unreachable' };
        if (error.status === 404 || error.status === 410)
            return { kind: 'gone', text: error.message };
        if (error.status === 503 || error.status === 429) {
            const waitMs = retryAfterMs(error.retryAfter, -1);
            return { kind: 'busy', waitMs: waitMs >= 0 ? waitMs : undefined };
        }
        return { kind: 'refused', text: error.message };
    }
}

/**
 * Plays a queue through two decks. One deck is heard; the other holds what comes next: the same
 * place of the same track in another voice, or the next track. The decks change over in a short
 * fade, so nothing is heard twice and nothing is missed.
 */
export class Player {
    readonly track = signal<Track | undefined>(undefined);
    /** What the listener wants; whether sound comes out depends on the network too. */
    readonly playing = signal(false);
    readonly buffering = signal(false);
    readonly position = signal(0);
    readonly duration = signal(0);
    readonly queue = signal<Queue>(kEmptyQueue);
    readonly voice = computed<Voice>(() => ({
        enhanced: settings.enhanced.value,
        preset: settings.preset.value,
        intensity: settings.intensity.value,
        reference: settings.reference.value,
        blend: settings.blend.value,
        targetLufs: settings.targetLufs.value,
        ceilingDbtp: settings.ceilingDbtp.value,
    }));

    private readonly decks = [new Deck('a'), new Deck('b')] as const;
    private active: Deck = this.decks[0];
    /** Raised whenever another track or place is wanted: late answers compare and give up. */
    private token = 0;
    private switchToken = 0;
    private switching = false;
    private recovering = false;
    private failures = 0;
    private skips = 0;
    private stallTimer: ReturnType<typeof setTimeout> | undefined;
    private seekSeconds = kUsualSeekSeconds;
    private preparing: AbortController | undefined;
    private settleTimer: ReturnType<typeof setTimeout> | undefined;
    private wakeRetry: (() => void) | undefined;
    private listening: Listening | undefined;
    /** Codecs whose original files this browser has refused; they are asked for as plain WAV. */
    private readonly undecodable = new Set<string>();

    /** @param host  the element that holds the two media elements */
    constructor(host: HTMLElement) {
        for (const deck of this.decks) {
            host.append(deck.element);
            this.listen(deck);
        }
        this.markActive();
        effect(() => {
            const loudness = settings.muted.value ? 0 : settings.volume.value ** 2;
            for (const deck of this.decks) deck.setLevel(loudness);
        });
        let voiceBefore = this.voice.peek();
        effect(() => {
            const voice = this.voice.value;
            if (voice === voiceBefore) return;
            const isDrawn =
                voice.enhanced === voiceBefore.enhanced && voice.preset === voiceBefore.preset;
            voiceBefore = voice;
            clearTimeout(this.settleTimer);
            if (isDrawn) this.settleTimer = setTimeout(() => void this.changeVoice(), kSettleMs);
            else void this.changeVoice();
        });
        addEventListener('online', () => this.wakeRetry?.());
        addEventListener('pagehide', () => this.tellHeard());
    }

    /** The place that sounds now; finer than `position`, which moves a few times a second. */
    get now(): number {
        return this.active.url !== '' && this.active.element.readyState > 0
            ? this.active.time
            : this.position.peek();
    }

    playFrom(ids: readonly string[], id: string): void {
        this.skips = 0;
        this.queue.value = this.ordered(queues.queueAt(ids, id));
        void this.startCurrent(true);
    }

    /** Puts a track into the bar without playing it. */
    async stage(ids: readonly string[], id: string): Promise<void> {
        this.queue.value = this.ordered(queues.queueAt(ids, id));
        await this.startCurrent(false);
    }

    /** Exchanges what comes before and after without touching what plays. */
    setQueueAround(ids: readonly string[]): void {
        const id = currentId(this.queue.peek());
        if (id !== undefined && ids.includes(id))
            this.queue.value = this.ordered(queues.queueAt(ids, id));
    }

    /** Plays the entry at a place of the queue. */
    jumpTo(index: number): void {
        this.skips = 0;
        this.queue.value = queues.jump(this.queue.peek(), index);
        void this.startCurrent(true);
    }

    /** Tracks that play right after the current one. */
    insertNext(ids: readonly string[]): void {
        this.edit(queues.insertNext(this.queue.peek(), ids));
    }

    append(ids: readonly string[]): void {
        this.edit(queues.append(this.queue.peek(), ids));
    }

    moveEntry(from: number, to: number): void {
        this.edit(queues.moveEntry(this.queue.peek(), from, to));
    }

    /** Takes an entry out; if it is the one that plays, the one behind it follows at once. */
    removeAt(index: number): void {
        const queue = this.queue.peek();
        const isCurrent = index === queue.index;
        this.edit(queues.removeAt(queue, index));
        if (isCurrent && this.queue.peek().index >= 0) void this.startCurrent(this.playing.peek());
    }

    /** Only what plays now stays in the queue. */
    clear(): void {
        this.edit(queues.clearOthers(this.queue.peek()));
    }

    toggleShuffle(): void {
        const shuffled = (settings.shuffle.value = !settings.shuffle.peek());
        const queue = this.queue.peek();
        this.edit(shuffled ? queues.shuffle(queue, Math.random) : queues.unshuffle(queue));
    }

    /** Off, all, one, off ... */
    cycleRepeat(): void {
        const next = { off: 'all', all: 'one', one: 'off' } as const;
        settings.repeat.value = next[settings.repeat.peek()];
    }

    toggle(): void {
        if (this.playing.peek()) this.pause();
        else this.play();
    }

    play(): void {
        if (!this.track.peek()) return;
        this.playing.value = true;
        if (this.active.url === '') this.open(this.position.peek());
        if (this.recovering) this.wakeRetry?.();
        void this.sound(this.active);
    }

    pause(): void {
        this.playing.value = false;
        for (const deck of this.decks) deck.element.pause();
    }

    next(): void {
        this.move(1);
    }

    previous(): void {
        if (this.now > kRestartAfterSeconds || !this.neighbour(-1)) this.seek(0);
        else this.move(-1);
    }

    hasNext(): boolean {
        return this.neighbour(1) !== undefined;
    }

    seek(seconds: number): void {
        if (!this.track.peek()) return;
        const end = this.duration.peek();
        const target = Math.max(0, end > 0 ? Math.min(seconds, Math.max(0, end - 0.05)) : seconds);
        this.position.value = target;
        const { element } = this.active;
        if (this.active.url === '' || element.error) this.open(target);
        else if (element.readyState > 0) element.currentTime = target;
        else this.active.open(this.active.url, target);
        if (this.playing.peek()) void this.sound(this.active);
    }

    private get idle(): Deck {
        return this.active === this.decks[0] ? this.decks[1] : this.decks[0];
    }

    private urlOf(track: Track): string {
        const voice = this.voice.peek();
        if (!voice.enhanced && this.undecodable.has(track.codec)) {
            // Intensity 0 is the decoded source, untouched, in a format every browser plays.
            return api.streamUrl(track.id, { ...voice, enhanced: true, intensity: 0 });
        }
        return api.streamUrl(track.id, voice);
    }

    private neighbour(direction: 1 | -1): Queue | undefined {
        return step(this.queue.peek(), direction, playable, settings.repeat.peek());
    }

    private ordered(queue: Queue): Queue {
        return settings.shuffle.peek() ? queues.shuffle(queue, Math.random) : queue;
    }

    /** A changed queue; the first tracks of an empty one stand ready. */
    private edit(queue: Queue): void {
        const wasEmpty = this.queue.peek().index < 0;
        this.queue.value = queue;
        if (wasEmpty && queue.index >= 0) void this.startCurrent(false);
    }

    private move(direction: 1 | -1): void {
        const queue = this.neighbour(direction);
        if (!queue) return;
        this.queue.value = queue;
        void this.startCurrent(this.playing.peek());
    }

    private async startCurrent(play: boolean): Promise<void> {
        const id = currentId(this.queue.peek());
        if (id === undefined) return;
        const token = this.begin();
        this.playing.value = play;
        let track: Track;
        try {
            track = await findTrack(id);
        } catch (error) {
            if (token === this.token) {
                toast(error instanceof Error ? error.message : String(error), 'error');
                this.playing.value = false;
            }
            return;
        }
        if (token !== this.token) return;
        this.failures = 0;
        this.listenTo(track);
        batch(() => {
            this.track.value = track;
            this.position.value = 0;
            this.duration.value = track.durationSeconds;
        });
        const url = this.urlOf(track);
        if (this.idle.url === url && !this.idle.element.error) {
            const before = this.active;
            this.active = this.idle;
            this.markActive();
            before.release();
            this.takeDuration();
        } else {
            if (!this.active.element.paused) await this.active.fadeTo(0, kFadeOutMs);
            if (token !== this.token) return;
            this.idle.release();
            if (play) this.open(0);
            else this.active.release();
        }
        this.active.setGain(1);
        if (play) await this.sound(this.active);
    }

    /** Everything that is under way for another track or place is void from here on. */
    private begin(): number {
        this.switchToken++;
        this.switching = false;
        this.recovering = false;
        this.wakeRetry?.();
        clearTimeout(this.stallTimer);
        clearTimeout(this.settleTimer);
        this.preparing?.abort();
        return ++this.token;
    }

    private open(at: number): void {
        const track = this.track.peek();
        if (!track) return;
        this.buffering.value = true;
        this.active.open(this.urlOf(track), at, this.hintAfter(this.queue.peek()));
    }

    /** Tells the server which track follows, so that its beginning is there in time. */
    private hintAfter(queue: Queue): string {
        const next = queues.following(queue, playable, settings.repeat.peek());
        const id = next && currentId(next);
        return id === undefined ? '' : `&next=${encodeURIComponent(id)}`;
    }

    private listenTo(track: Track): void {
        this.tellHeard();
        this.listening = new Listening(track.id, Date.now());
    }

    private hear(position: number): void {
        const { listening } = this;
        if (!listening || !this.playing.peek()) return;
        listening.hear(position);
        if (listening.isDue(this.duration.peek()))
            api.played(listening.trackId, listening.startedAtMs, listening.seconds);
    }

    /** The rest of what was heard of the track that ends. */
    private tellHeard(): void {
        const { listening } = this;
        if (listening?.hasMore())
            api.played(listening.trackId, listening.startedAtMs, listening.seconds);
    }

    private async sound(deck: Deck): Promise<void> {
        try {
            await deck.element.play();
        } catch (error) {
            // AbortError: something newer took over. Load failures arrive as the error event.
            if (error instanceof DOMException && error.name === 'NotAllowedError') {
                this.playing.value = false;
                toast('Press play to start the music.');
            }
        }
    }

    private markActive(): void {
        for (const deck of this.decks)
            deck.element.toggleAttribute('data-active', deck === this.active);
    }

    private takeDuration(): void {
        const { duration } = this.active.element;
        if (Number.isFinite(duration) && duration > 0) this.duration.value = duration;
    }

    /** Moves to the chosen voice at the place that plays. */
    private async changeVoice(): Promise<void> {
        const track = this.track.peek();
        if (!track || this.active.url === '') return;
        const url = this.urlOf(track);
        const token = ++this.switchToken;
        if (url === this.active.url) {
            this.switching = false;
            this.idle.release();
            return;
        }
        if (this.recovering) return; // The retry opens whatever is chosen by then.
        const from = this.active;
        const to = this.idle;
        if (from.element.error || from.element.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) {
            this.open(this.now);
            if (this.playing.peek()) await this.sound(from);
            return;
        }
        this.switching = true;
        this.prepare(url, track, from.time);
        let asked = performance.now();
        const place = () => {
            asked = performance.now();
            return from.time + (this.playing.peek() ? this.seekSeconds : 0);
        };
        to.open(url, place, this.hintAfter(this.queue.peek()));
        to.setGain(0);
        const current = () => token === this.switchToken;
        const ready =
            (await to.reaches(HTMLMediaElement.HAVE_METADATA, kSwitchDeadlineMs)) &&
            (await to.reaches(HTMLMediaElement.HAVE_FUTURE_DATA, kSwitchDeadlineMs));
        if (!current()) return;
        this.preparing?.abort();
        if (!ready) {
            await this.switchFailed(track, to, current);
            return;
        }
        if (this.playing.peek()) {
            this.learnSeek((performance.now() - asked) / 1000);
            await this.meet(to, from, current);
        } else {
            to.element.currentTime = from.time;
            await to.reaches(HTMLMediaElement.HAVE_CURRENT_DATA, kSwitchDeadlineMs);
        }
        if (!current()) return;
        this.switching = false;
        this.active = to;
        this.markActive();
        this.takeDuration();
        this.buffering.value = false;
        if (this.playing.peek()) {
            await Promise.all([from.fadeTo(0, kCrossfadeMs), to.fadeTo(1, kCrossfadeMs)]);
            if (current()) from.release();
        } else {
            from.release();
            to.setGain(1);
        }
    }

    /** Has the server begin with the place that the next deck will ask for. */
    private prepare(url: string, track: Track, seconds: number): void {
        this.preparing?.abort();
        if (!url.includes('enhanced=true')) return;
        this.preparing = new AbortController();
        api.prepare(url, track, seconds, this.preparing.signal);
    }

    /**
     * The next switch aims as far ahead as seeks take. Too far costs waiting, too near a second
     * seek, which is short since the place has been loaded by then: so quick ones count more.
     */
    private learnSeek(seconds: number): void {
        const share = seconds > this.seekSeconds ? 0.2 : 0.5;
        const learned = this.seekSeconds + share * (seconds - this.seekSeconds);
        this.seekSeconds = Math.min(kLongestSeekSeconds, learned);
    }

    /** Starts `deck`, which stands a little ahead, when `leader` comes by. */
    private async meet(deck: Deck, leader: Deck, current: () => boolean): Promise<void> {
        const ahead = deck.time - leader.time - kStartSeconds;
        if (ahead > 0) await new Promise((done) => setTimeout(done, ahead * 1000));
        if (!current() || !this.playing.peek()) return;
        await this.sound(deck);
        await this.align(deck, leader, current);
    }

    /** Brings `deck` to the place where `leader` plays; a seek costs time, so it aims ahead. */
    private async align(deck: Deck, leader: Deck, current: () => boolean): Promise<void> {
        let lead = 0.02;
        for (let tries = 0; tries < 4 && current(); tries++) {
            const behind = leader.time - deck.time;
            if (Math.abs(behind) <= kAlignedSeconds) return;
            const asked = performance.now();
            deck.element.currentTime = leader.time + lead;
            if (!(await deck.reaches(HTMLMediaElement.HAVE_FUTURE_DATA, kSwitchDeadlineMs))) return;
            lead = Math.min(0.5, (performance.now() - asked) / 1000);
        }
    }

    private async switchFailed(track: Track, deck: Deck, current: () => boolean): Promise<void> {
        const failed = deck.element.error;
        const verdict = await verdictOn(deck.url);
        if (!current()) return;
        this.switching = false;
        deck.release();
        if (verdict.kind === 'fine' && failed && this.refuseOriginal(track)) {
            await this.changeVoice();
        } else if (verdict.kind === 'gone' || verdict.kind === 'refused') {
            toast(verdict.text, 'error');
        } else {
            toast('Could not change the sound: Segue is not answering.', 'error');
        }
    }

    /** @return whether a plain WAV can stand in for an original that this browser cannot play */
    private refuseOriginal(track: Track): boolean {
        if (this.voice.peek().enhanced || this.undecodable.has(track.codec)) return false;
        this.undecodable.add(track.codec);
        return true;
    }

    private listen(deck: Deck): void {
        const { element } = deck;
        const on = (name: keyof HTMLMediaElementEventMap, act: () => void) =>
            element.addEventListener(name, () => {
                if (deck === this.active && deck.url !== '') act();
            });
        on('timeupdate', () => {
            if (element.seeking || element.readyState === 0) return;
            this.position.value = element.currentTime;
            this.hear(element.currentTime);
            this.prepareNext();
        });
        on('durationchange', () => this.takeDuration());
        on('waiting', () => this.waiting());
        on('playing', () => this.flowing());
        on('canplay', () => this.flowing());
        on('ended', () => this.ended());
        on('error', () => void this.recover());
        on('pause', () => {
            // The system paused us (a headset was pulled, another app took the sound).
            if (!element.ended && !element.error && element.readyState > 0) {
                this.playing.value = false;
            }
        });
    }

    private waiting(): void {
        this.buffering.value = true;
        clearTimeout(this.stallTimer);
        const token = this.token;
        this.stallTimer = setTimeout(() => {
            if (token === this.token && this.playing.peek()) void this.recover();
        }, kStallMs);
    }

    private flowing(): void {
        this.buffering.value = false;
        clearTimeout(this.stallTimer);
        if (!this.active.element.paused) {
            this.skips = 0;
        }
    }

    private prepareNext(): void {
        const { element } = this.active;
        if (element.currentTime > 2) this.failures = 0;
        if (this.switching || this.idle.url !== '' || !this.playing.peek()) return;
        if (!(element.duration - element.currentTime < kPrepareNextSeconds)) return;
        const queue = queues.following(this.queue.peek(), playable, settings.repeat.peek());
        const id = queue && currentId(queue);
        const track = id === undefined ? undefined : knownTrack(id);
        if (queue && track) this.idle.open(this.urlOf(track), 0, this.hintAfter(queue));
    }

    private ended(): void {
        const queue = queues.following(this.queue.peek(), playable, settings.repeat.peek());
        if (queue) {
            this.queue.value = queue;
            void this.startCurrent(true);
            return;
        }
        this.playing.value = false;
        this.position.value = 0;
        this.active.element.currentTime = 0;
        const track = this.track.peek();
        if (track) this.listenTo(track);
    }

    /** The stream broke: find out why, then resume here, or go on with the next track. */
    private async recover(): Promise<void> {
        if (this.recovering) return;
        const track = this.track.peek();
        if (!track) return;
        const code = this.active.element.error?.code;
        const token = this.begin();
        this.recovering = true;
        this.buffering.value = true;
        this.failures++;
        let notice: number | undefined;
        for (let attempt = 0; ; attempt++) {
            const verdict = await verdictOn(this.urlOf(track));
            if (token !== this.token) break;
            if (verdict.kind === 'fine') {
                this.recovering = false;
                const formatFault =
                    code === MediaError.MEDIA_ERR_DECODE ||
                    code === MediaError.MEDIA_ERR_SRC_NOT_SUPPORTED;
                this.resume(track, attempt === 0 && formatFault);
                break;
            }
            if (verdict.kind === 'gone' || verdict.kind === 'refused') {
                if (verdict.kind === 'gone') markMissing(track.id);
                this.recovering = false;
                this.skip(`${titleOf(track)}: ${verdict.text}`);
                break;
            }
            notice ??= showUntilDismissed(
                verdict.kind === 'busy'
                    ? 'Segue is busy; the music goes on in a moment.'
                    : 'Connection lost. Trying again…',
                'error',
            );
            const wait = (verdict.kind === 'busy' && verdict.waitMs) || backoffMs(attempt);
            await this.sleep(wait);
            if (token !== this.token) break;
        }
        if (notice !== undefined) dismiss(notice);
    }

    private resume(track: Track, suspectFormat: boolean): void {
        if (this.failures > kMostFailuresPerTrack) {
            this.skip(`${titleOf(track)} could not be played.`);
            return;
        }
        if (suspectFormat && this.refuseOriginal(track)) {
            toast(`This browser cannot play ${track.codec || 'this format'}; playing it decoded.`);
        }
        this.idle.release();
        this.open(this.position.peek());
        if (this.playing.peek()) void this.sound(this.active);
    }

    private skip(reason: string): void {
        this.active.release();
        this.buffering.value = false;
        toast(reason, 'error');
        const going = this.playing.peek();
        if (going && ++this.skips <= kMostSkipsInARow && this.neighbour(1)) this.move(1);
        else this.playing.value = false;
    }

    private sleep(ms: number): Promise<void> {
        return new Promise((resolve) => {
            const finish = () => {
                clearTimeout(timer);
                this.wakeRetry = undefined;
                resolve();
            };
            const timer = setTimeout(finish, ms);
            this.wakeRetry = finish;
        });
    }
}
