/** What plays after what: an ordered list of track ids and the place in it. Immutable. */
export interface Queue {
    readonly ids: readonly string[];
    readonly index: number;
}

export const kEmptyQueue: Queue = { ids: [], index: -1 };

export function queueAt(ids: readonly string[], id: string): Queue {
    const index = ids.indexOf(id);
    return index >= 0 ? { ids, index } : { ids: [id], index: 0 };
}

export function currentId(queue: Queue): string | undefined {
    return queue.ids[queue.index];
}

/** The queue one step on, stepping over ids that `playable` refuses; nothing at the end. */
export function step(
    queue: Queue,
    direction: 1 | -1,
    playable: (id: string) => boolean = () => true,
): Queue | undefined {
    for (let i = queue.index + direction; i >= 0 && i < queue.ids.length; i += direction) {
        if (playable(queue.ids[i] as string)) return { ids: queue.ids, index: i };
    }
    return undefined;
}

/** Seconds into a track after which "previous" means "from the start". */
export const kRestartAfterSeconds = 3;
