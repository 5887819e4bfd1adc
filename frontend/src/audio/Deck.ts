const kFadeStepMs = 8;

/**
 * One of the player's two media elements. It knows which stream it holds and fades its own level,
 * so that the player can have the next sound ready on one deck while the other still plays.
 */
export class Deck {
    readonly element: HTMLAudioElement;
    url = '';
    private gain = 1;
    private level = 1;
    private fading: { timer: ReturnType<typeof setInterval>; done: () => void } | undefined;

    constructor(name: string) {
        this.element = document.createElement('audio');
        this.element.preload = 'auto';
        this.element.dataset.deck = name;
    }

    get time(): number {
        return this.element.currentTime;
    }

    /**
     * Loads a stream and stands at `at` seconds, asked once its length is known.
     * @param hint  added to the address that is loaded, not to `url`
     */
    open(url: string, at: number | (() => number), hint = ''): void {
        this.stopFading();
        this.url = url;
        this.gain = 1;
        this.apply();
        this.element.src = url + hint;
        this.element.load();
        if (at !== 0) {
            const loaded = url;
            this.element.addEventListener(
                'loadedmetadata',
                () => {
                    if (this.url !== loaded) return;
                    this.element.currentTime = typeof at === 'number' ? at : at();
                },
                { once: true },
            );
        }
    }

    /** Stops and lets go of the connection, of which a browser has only a few per server. */
    release(): void {
        this.stopFading();
        if (this.url === '') return;
        this.url = '';
        this.element.pause();
        this.element.removeAttribute('src');
        this.element.load();
    }

    /** The listener's volume, 0 .. 1. */
    setLevel(level: number): void {
        this.level = level;
        this.apply();
    }

    /** The deck's own gain, 0 .. 1, at once. */
    setGain(gain: number): void {
        this.stopFading();
        this.gain = gain;
        this.apply();
    }

    /** Moves the deck's gain in a straight line; ends early when something else takes over. */
    fadeTo(target: number, ms: number): Promise<void> {
        this.stopFading();
        const from = this.gain;
        const start = performance.now();
        return new Promise((done) => {
            const timer = setInterval(() => {
                const share = Math.min(1, (performance.now() - start) / ms);
                this.gain = from + (target - from) * share;
                this.apply();
                if (share >= 1) this.stopFading();
            }, kFadeStepMs);
            this.fading = { timer, done };
        });
    }

    /** Waits until the element has loaded this far. @return false when it failed or was reloaded */
    async reaches(readyState: number, deadlineMs: number): Promise<boolean> {
        const { element, url } = this;
        const there = () => element.readyState >= readyState && !element.seeking;
        if (there()) return true;
        return new Promise((resolve) => {
            const events = [
                'loadedmetadata',
                'loadeddata',
                'canplay',
                'seeked',
                'error',
                'emptied',
            ];
            const finish = (result: boolean) => {
                clearTimeout(timer);
                for (const name of events) element.removeEventListener(name, look);
                resolve(result);
            };
            const look = () => {
                if (this.url !== url || element.error) finish(false);
                else if (there()) finish(true);
            };
            const timer = setTimeout(() => finish(false), deadlineMs);
            for (const name of events) element.addEventListener(name, look);
        });
    }

    private apply(): void {
        this.element.volume = Math.max(0, Math.min(1, this.level * this.gain));
    }

    private stopFading(): void {
        const fading = this.fading;
        this.fading = undefined;
        clearInterval(fading?.timer);
        fading?.done();
    }
}
