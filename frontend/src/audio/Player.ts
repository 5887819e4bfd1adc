import { batch, computed, effect, signal, untracked } from '@preact/signals';
import { api } from '../api/client';
import type { Track, Voice } from '../api/types';
import { Listening } from '../lib/listening';
import * as queues from '../lib/queue';
import { currentId, kEmptyQueue, kRestartAfterSeconds, step, type Queue } from '../lib/queue';
import { titleOf } from '../lib/rows';
import { findTrack, knownTrack, markMissing } from '../model/library';
import * as settings from '../model/settings';
import { dismiss, showUntilDismissed, toast } from '../model/toasts';
import { strings } from '../strings';
import { Anchor } from './Anchor';
import { Engine, type Voices } from './Engine';
import type { Failure, Trouble } from './PcmStore';

const words = strings.player;
const kMostSkipsInARow = 5;
/** A slider that is drawn gives many values; a choice is one and acts at once. */
const kSettleMs = 60;
/** The music goes this slowly when the sleep timer runs out. */
const kSleepFadeSeconds = 6;

const playable = (id: string) => knownTrack(id)?.missing !== true;

/** When the music stops by itself. */
export type Sleep = { kind: 'off' } | { kind: 'time'; endsAtMs: number } | { kind: 'track' };

/**
 * The queue and what the listener wants of it; what sounds is the Engine's. Signals say what is
 * shown, methods are what buttons and keys do.
 */
export class Player {
    readonly track = signal<Track | undefined>(undefined);
    /** What the listener wants; whether sound comes out depends on the network too. */
    readonly playing = signal(false);
    readonly buffering = signal(false);
    readonly position = signal(0);
    readonly duration = signal(0);
    readonly queue = signal<Queue>(kEmptyQueue);
    readonly sleep = signal<Sleep>({ kind: 'off' });
    readonly voice = computed<Voice>(() => ({
        enhanced: settings.enhanced.value,
        preset: settings.preset.value,
        intensity: settings.intensity.value,
        reference: settings.reference.value,
        blend: settings.blend.value,
        targetLufs: settings.targetLufs.value,
        ceilingDbtp: settings.ceilingDbtp.value,
        edition: settings.edition.value,
    }));
    readonly engine: Engine;

    /** The voice that streams are asked for in; a slider that moves is ahead of it. */
    private applied = this.voice.peek();
    private readonly anchor = new Anchor(() => this.pause());
    /** Raised whenever another track is wanted: late answers compare and give up. */
    private token = 0;
    private nextToken = 0;
    private skips = 0;
    private notice: number | undefined;
    private isFallingAsleep = false;
    private settleTimer: ReturnType<typeof setTimeout> | undefined;
    private listening: Listening | undefined;

    constructor() {
        this.engine = new Engine({
            voicesOf: (track) => this.voicesOf(track),
            hintOf: (track) => this.hintOf(track),
            moved: (track) => this.moved(track),
            ended: () => this.ended(),
            ticked: () => this.ticked(),
            waits: (isWaiting) => (this.buffering.value = isWaiting),
            troubled: (trouble) => this.tell(trouble),
            failed: (track, failure) => this.failed(track, failure),
            nextFailed: (track, failure) => this.nextFailed(track, failure),
            voiceFailed: ({ text }) => toast(text, 'error'),
            interrupted: () => this.pause(),
        });
        effect(() => this.engine.setVolume(settings.muted.value ? 0 : settings.volume.value ** 2));
        effect(() => this.engine.setSpeed(settings.speed.value));
        effect(() => this.engine.setCrossfade(settings.crossfadeSeconds.value));
        effect(() => {
            const voice = this.voice.value;
            untracked(() => this.followVoice(voice));
        });
        effect(() => {
            void settings.repeat.value;
            void this.sleep.value;
            void this.track.value;
            void this.queue.value;
            untracked(() => void this.chooseNext());
        });
        addEventListener('pagehide', () => this.tellHeard());
    }

    /** The place that sounds now; finer than `position`, which moves a few times a second. */
    get now(): number {
        return this.engine.isLoaded ? this.engine.seconds : this.position.peek();
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

    /** A queue that was kept, at the place where it was left, without playing it. */
    async restore(queue: Queue, seconds: number): Promise<void> {
        this.queue.value = queue;
        await this.startCurrent(false, seconds);
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
        if (!isCurrent) return;
        if (this.queue.peek().index >= 0) void this.startCurrent(this.playing.peek());
        else this.unload();
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
        const track = this.track.peek();
        if (!track) return;
        this.playing.value = true;
        this.engine.unlock(track);
        if (!this.engine.isLoaded) this.engine.begin(track, this.position.peek());
        void this.sound();
    }

    pause(): void {
        this.playing.value = false;
        this.isFallingAsleep = false;
        this.engine.pause();
        this.anchor.pause();
    }

    next(): void {
        this.move(1);
    }

    previous(): void {
        if (this.now > kRestartAfterSeconds || !this.neighbour(-1)) this.seek(0);
        else this.move(-1);
    }

    hasNext(): boolean {
        return step(this.queue.value, 1, playable, settings.repeat.value) !== undefined;
    }

    seek(seconds: number): void {
        if (!this.track.peek()) return;
        const end = this.duration.peek();
        const target = Math.max(0, end > 0 ? Math.min(seconds, Math.max(0, end - 0.05)) : seconds);
        this.listening?.jump();
        this.position.value = target;
        this.engine.seek(target);
    }

    /** The music stops in so many minutes, in a fade; or with the end of the track; or not. */
    setSleep(after: number | 'track' | 'off'): void {
        if (this.isFallingAsleep) this.engine.fadeBack();
        this.isFallingAsleep = false;
        this.sleep.value =
            typeof after === 'number'
                ? { kind: 'time', endsAtMs: Date.now() + after * 60_000 }
                : { kind: after };
    }

    private voicesOf({ id }: Track): Voices {
        const voice = this.applied;
        const enhanced = {
            voice: 'enhanced',
            url: api.streamUrl(id, { ...voice, enhanced: true }),
        } as const;
        const original = {
            voice: 'original',
            url: api.streamUrl(id, { ...voice, enhanced: false }),
        } as const;
        return voice.enhanced
            ? { audible: enhanced, shadow: original }
            : { audible: original, shadow: enhanced };
    }

    private followVoice(voice: Voice): void {
        clearTimeout(this.settleTimer);
        const before = this.applied;
        const isDrawn =
            voice.enhanced === before.enhanced &&
            voice.preset === before.preset &&
            voice.reference === before.reference;
        const apply = () => {
            this.applied = voice;
            this.engine.voicesChanged();
        };
        if (isDrawn) this.settleTimer = setTimeout(apply, kSettleMs);
        else apply();
    }

    private neighbour(direction: 1 | -1): Queue | undefined {
        return step(this.queue.peek(), direction, playable, settings.repeat.peek());
    }

    /** What plays by itself when this queue's track ends. */
    private after(queue: Queue): Queue | undefined {
        return queues.following(queue, playable, settings.repeat.peek());
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

    private async startCurrent(play: boolean, seconds = 0): Promise<void> {
        const id = currentId(this.queue.peek());
        if (id === undefined) return;
        const token = ++this.token;
        this.playing.value = play;
        if (play) this.engine.unlock(knownTrack(id));
        let track: Track;
        try {
            track = await findTrack(id);
        } catch (error) {
            if (token === this.token) {
                toast(error instanceof Error ? error.message : String(error), 'error');
                this.pause();
            }
            return;
        }
        if (token !== this.token) return;
        this.show(track, seconds);
        if (this.playing.peek()) {
            this.engine.begin(track, seconds);
            void this.chooseNext();
            await this.sound();
        } else {
            this.engine.stop();
            this.anchor.pause();
        }
    }

    private show(track: Track, seconds: number): void {
        this.listenTo(track);
        batch(() => {
            this.track.value = track;
            this.position.value = seconds;
            this.duration.value = track.durationSeconds;
        });
    }

    private unload(): void {
        this.token++;
        this.pause();
        this.engine.stop();
        this.tellHeard();
        this.listening = undefined;
        batch(() => {
            this.track.value = undefined;
            this.position.value = this.duration.value = 0;
        });
    }

    /** Has the engine make ready what plays next by itself. */
    private async chooseNext(): Promise<void> {
        const token = ++this.nextToken;
        const queue = this.sleep.peek().kind === 'track' ? undefined : this.after(this.queue.peek());
        const id = queue && currentId(queue);
        const known = id === undefined ? undefined : knownTrack(id);
        if (id === undefined || known) {
            this.engine.follow(known);
            return;
        }
        try {
            const track = await findTrack(id);
            if (token === this.nextToken) this.engine.follow(track);
        } catch {
            // It is looked for again when this track has ended.
        }
    }

    /** Tells the server which track follows, so that its beginning is there in time. */
    private hintOf(track: Track): string {
        // Nothing but itself comes next: then the server prepares nothing, and looks for nothing.
        if (!settings.prefetch.peek()) return `&next=${encodeURIComponent(track.id)}`;
        const queue = this.queue.peek();
        const isCurrent = track.id === currentId(queue);
        const at = isCurrent ? queue : this.after(queue);
        const next = at && this.after(at);
        const id = next && currentId(next);
        return id === undefined ? '' : `&next=${encodeURIComponent(id)}`;
    }

    private moved(track: Track): void {
        const queue = this.after(this.queue.peek());
        if (queue && currentId(queue) === track.id) this.queue.value = queue;
        this.show(track, 0);
        void this.chooseNext();
    }

    private ended(): void {
        const next = this.after(this.queue.peek());
        const sleeps = this.sleep.peek().kind === 'track';
        if (next && !sleeps) {
            // It could not be found in time to be made ready.
            this.queue.value = next;
            void this.startCurrent(this.playing.peek());
            return;
        }
        this.pause();
        if (sleeps) this.sleep.value = { kind: 'off' };
        if (next) this.queue.value = next;
        void this.startCurrent(false);
    }

    private ticked(): void {
        if (!this.engine.isLoaded) return;
        const { seconds, durationSeconds } = this.engine;
        batch(() => {
            this.position.value = seconds;
            if (durationSeconds !== undefined) this.duration.value = durationSeconds;
        });
        if (!this.playing.peek() || this.buffering.peek()) return;
        if (seconds > 2) this.skips = 0;
        this.hear(seconds);
        this.fallAsleep();
    }

    private fallAsleep(): void {
        const sleep = this.sleep.peek();
        if (sleep.kind !== 'time') return;
        const left = (sleep.endsAtMs - Date.now()) / 1000;
        if (left <= 0) {
            this.sleep.value = { kind: 'off' };
            this.pause();
        } else if (left < kSleepFadeSeconds && !this.isFallingAsleep) {
            this.isFallingAsleep = true;
            this.engine.fadeOut(left);
        }
    }

    private async sound(): Promise<void> {
        this.anchor.play();
        if ((await this.engine.play()) || !this.playing.peek()) return;
        this.pause();
        toast(words.pressPlay);
    }

    private listenTo(track: Track): void {
        this.tellHeard();
        this.listening = new Listening(track.id, Date.now());
    }

    private hear(position: number): void {
        const { listening } = this;
        if (!listening) return;
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

    private tell(trouble: Trouble | undefined): void {
        if (this.notice !== undefined) dismiss(this.notice);
        this.notice =
            trouble &&
            showUntilDismissed(
                trouble === 'busy'
                    ? words.busy
                    : words.lost,
                'error',
            );
    }

    private failed(track: Track, failure: Failure): void {
        if (failure.kind === 'gone') markMissing(track.id);
        toast(`${titleOf(track)}: ${failure.text}`, 'error');
        if (this.track.peek()?.id !== track.id) return;
        const going = this.playing.peek();
        if (going && ++this.skips <= kMostSkipsInARow && this.neighbour(1)) this.move(1);
        else this.pause();
    }

    /** It is told of when its turn comes, unless it is left out. */
    private nextFailed(track: Track, { kind, text }: Failure): void {
        if (kind !== 'gone') return;
        markMissing(track.id);
        toast(`${titleOf(track)}: ${text}`, 'error');
        void this.chooseNext();
    }
}
