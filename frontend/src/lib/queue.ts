/** What plays after what: an ordered list of track ids and the place in it. Immutable. */
export interface Queue {
    readonly ids: readonly string[];
    readonly index: number;
    /**
     * While shuffled: where each of `ids` stands in the order before. Several may be the same
     * track, so that ids alone would not tell.
     */
    readonly home?: readonly number[];
}

/** What follows the end: nothing, the beginning, or the same track once more. */
export type Repeat = 'off' | 'all' | 'one';

export const kEmptyQueue: Queue = { ids: [], index: -1 };

/** Seconds into a track after which "previous" means "from the start". */
export const kRestartAfterSeconds = 3;

export function queueAt(ids: readonly string[], id: string): Queue {
    const index = ids.indexOf(id);
    return index >= 0 ? { ids, index } : { ids: [id], index: 0 };
}

export function currentId(queue: Queue): string | undefined {
    return queue.ids[queue.index];
}

/** The queue at another of its places; the same one for a place that it does not have. */
export function jump(queue: Queue, index: number): Queue {
    return index >= 0 && index < queue.ids.length ? { ...queue, index } : queue;
}

/**
 * The queue one step on, stepping over ids that `playable` refuses; nothing at the end, unless it
 * goes round. It may come back to where it is when nothing else can be played.
 */
export function step(
    queue: Queue,
    direction: 1 | -1,
    playable: (id: string) => boolean = () => true,
    repeat: Repeat = 'off',
): Queue | undefined {
    const count = queue.ids.length;
    const round = repeat === 'all';
    for (let taken = 1; taken <= count; taken++) {
        const at = queue.index + direction * taken;
        if (!round && (at < 0 || at >= count)) return undefined;
        const index = ((at % count) + count) % count;
        if (playable(queue.ids[index] as string)) return { ...queue, index };
    }
    return undefined;
}

/** What plays by itself when the current track ends. */
export function following(
    queue: Queue,
    playable: (id: string) => boolean,
    repeat: Repeat,
): Queue | undefined {
    const id = currentId(queue);
    if (repeat === 'one' && id !== undefined && playable(id)) return queue;
    return step(queue, 1, playable, repeat);
}

/** Ranks instead of whatever numbers `home` has become, so that there is always room between. */
function ranked(home: readonly number[]): number[] {
    const order = home.map((_, i) => i).sort((a, b) => (home[a] as number) - (home[b] as number));
    const ranks = new Array<number>(home.length);
    order.forEach((at, rank) => (ranks[at] = rank));
    return ranks;
}

function withHome(queue: Queue, home: readonly number[] | undefined): Queue {
    return home ? { ...queue, home: ranked(home) } : queue;
}

/** Puts tracks in at a place; in the order before the shuffle they come behind `homeAfter`. */
function insertAt(queue: Queue, at: number, ids: readonly string[], homeAfter: number): Queue {
    const index =
        queue.index < 0 ? (ids.length > 0 ? 0 : -1) : queue.index + (at <= queue.index ? ids.length : 0);
    const homes = ids.map((_, i) => homeAfter + (i + 1) / (ids.length + 1));
    return withHome(
        { ids: [...queue.ids.slice(0, at), ...ids, ...queue.ids.slice(at)], index },
        queue.home && [...queue.home.slice(0, at), ...homes, ...queue.home.slice(at)],
    );
}

/** Tracks that play right after the current one. */
export function insertNext(queue: Queue, ids: readonly string[]): Queue {
    return insertAt(queue, queue.index + 1, ids, queue.home?.[queue.index] ?? -1);
}

export function append(queue: Queue, ids: readonly string[]): Queue {
    return insertAt(queue, queue.ids.length, ids, queue.ids.length);
}

/**
 * Without the entry at `at`. When that is the current one, the one that came after it is current,
 * at the end the one before.
 */
export function removeAt(queue: Queue, at: number): Queue {
    if (!(at >= 0 && at < queue.ids.length)) return queue;
    const without = <T>(list: readonly T[]) => list.filter((_, i) => i !== at);
    const index = Math.min(queue.index - (at < queue.index ? 1 : 0), queue.ids.length - 2);
    return withHome({ ids: without(queue.ids), index }, queue.home && without(queue.home));
}

/** The entry at `from` stands at `to` afterwards; what plays goes on playing. */
export function moveEntry(queue: Queue, from: number, to: number): Queue {
    const count = queue.ids.length;
    if (!(from >= 0 && from < count && to >= 0 && to < count) || from === to) return queue;
    const moved = <T>(list: readonly T[]) => {
        const rest = list.filter((_, i) => i !== from);
        return [...rest.slice(0, to), list[from] as T, ...rest.slice(to)];
    };
    let { index } = queue;
    if (index === from) index = to;
    else index += (from < index ? -1 : 0) + (to <= index - (from < index ? 1 : 0) ? 1 : 0);
    return queue.home
        ? { ids: moved(queue.ids), index, home: moved(queue.home) }
        : { ids: moved(queue.ids), index };
}

/** Only what plays now stays. */
export function clearOthers(queue: Queue): Queue {
    const id = currentId(queue);
    return id === undefined ? kEmptyQueue : { ids: [id], index: 0 };
}

/**
 * What plays now first, everything else behind it in an order of chance.
 * @param random  0 <= x < 1, as Math.random
 */
export function shuffle(queue: Queue, random: () => number): Queue {
    const count = queue.ids.length;
    const order = Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
        const other = Math.floor(random() * (i + 1));
        [order[i], order[other]] = [order[other] as number, order[i] as number];
    }
    if (queue.index >= 0) {
        order.splice(order.indexOf(queue.index), 1);
        order.unshift(queue.index);
    }
    const home = queue.home;
    return {
        ids: order.map((at) => queue.ids[at] as string),
        index: queue.index >= 0 ? 0 : -1,
        home: home ? order.map((at) => home[at] as number) : order,
    };
}

/** Back to the order before the shuffle, what came in meanwhile included; the same track plays. */
export function unshuffle(queue: Queue): Queue {
    const { home } = queue;
    if (!home) return queue;
    const order = home.map((_, i) => i).sort((a, b) => (home[a] as number) - (home[b] as number));
    return { ids: order.map((at) => queue.ids[at] as string), index: order.indexOf(queue.index) };
}
