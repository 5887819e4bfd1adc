export interface Point {
    /** Seconds of the context's clock. */
    at: number;
    level: number;
}

/** A plan that is over already is caught up with in so long. */
const kLateSeconds = 0.005;

/**
 * Straight lines of one AudioParam. Browsers differ in what can be asked of a param while it moves,
 * so the lines are kept here too: a new plan begins where the old one is at that moment.
 */
export class Fader {
    private points: Point[];

    constructor(
        private readonly param: AudioParam,
        level: number,
    ) {
        param.value = level;
        this.points = [{ at: 0, level }];
    }

    levelAt(time: number): number {
        let before = this.points[0] as Point;
        for (const point of this.points) {
            if (point.at > time && point !== before) {
                const share = (time - before.at) / (point.at - before.at);
                return before.level + (point.level - before.level) * share;
            }
            before = point;
        }
        return before.level;
    }

    /** As before until `from`, then straight from point to point. Never a step. */
    plan(now: number, from: number, points: readonly Point[]): void {
        const begin = Math.max(now, from);
        const all = [
            { at: now, level: this.levelAt(now) },
            ...this.points.filter(({ at }) => at > now && at < begin),
            { at: begin, level: this.levelAt(begin) },
            ...points.filter(({ at }) => at > begin),
        ];
        const last = points[points.length - 1];
        if (last && last.at <= begin) all.push({ at: begin + kLateSeconds, level: last.level });
        this.points = all;
        this.param.cancelScheduledValues(0);
        all.forEach(({ at, level }, i) => {
            if (i === 0) this.param.setValueAtTime(level, at);
            else this.param.linearRampToValueAtTime(level, at);
        });
    }

    /** A straight line to `level`. */
    ramp(now: number, from: number, seconds: number, level: number): void {
        this.plan(now, from, [{ at: from + seconds, level }]);
    }

    /** At once; for what is not heard. */
    set(level: number): void {
        this.points = [{ at: 0, level }];
        this.param.cancelScheduledValues(0);
        this.param.setValueAtTime(level, 0);
    }
}
