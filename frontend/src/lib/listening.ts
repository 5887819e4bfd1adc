/** What is heard between two looks at the place, in a background tab and at double speed too. */
const kLongestStepSeconds = 5;
/** Half of a track, or so much of a long one, counts as having played it. */
const kEnoughSeconds = 240;

/** How long one track has been heard since it began. */
export class Listening {
    seconds = 0;
    private last: number | undefined;
    private told = 0;

    constructor(
        readonly trackId: string,
        readonly startedAtMs: number,
    ) {}

    /** The place that sounds now, a few times a second. */
    hear(position: number): void {
        const step = this.last === undefined ? 0 : position - this.last;
        this.last = position;
        if (step > 0 && step < kLongestStepSeconds) this.seconds += step;
    }

    /** The place has been changed: what lies between was not heard. */
    jump(): void {
        this.last = undefined;
    }

    /** Whether it is time to tell that it was played: once, as soon as it counts. */
    isDue(durationSeconds: number): boolean {
        const enough = Math.min(kEnoughSeconds, durationSeconds / 2);
        if (this.told > 0 || !(durationSeconds > 0) || this.seconds < enough) return false;
        this.told = this.seconds;
        return true;
    }

    /** Whether more was heard than was told, by so much that it is worth telling. */
    hasMore(): boolean {
        return this.seconds >= this.told + 1;
    }
}
