import { effect } from '@preact/signals';
import { api } from '../api/client';
import { currentId, type Queue } from '../lib/queue';
import type { Player } from './Player';

/** Changes of the queue come in bursts while something is dragged. */
const kQueueDelayMs = 1000;
const kPlaceEveryMs = 10_000;
/** What the server keeps of a queue. */
const kMostTracks = 10_000;

/** The part of a long queue that is kept: what plays, a little before it, and what follows. */
export function keptPart(queue: Queue, most = kMostTracks): { ids: string[]; index: number } {
    const before = Math.floor(most / 10);
    const begin = Math.max(0, Math.min(queue.index - before, queue.ids.length - most));
    return { ids: queue.ids.slice(begin, begin + most), index: queue.index - begin };
}

/**
 * Keeps the queue and the place in it on the server, and goes on from there when the page opens
 * with nothing else to do. Nobody is disturbed when it cannot be kept.
 * @param quiet  when there is time to go on; what is played before that is kept all the same
 */
export function keepQueue(player: Player, quiet: Promise<void>): void {
    let kept: Queue | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let toldAt = 0;

    const place = () => ({ positionSeconds: player.now, client: 'Segue web player' });
    const keepAll = () => {
        clearTimeout(timer);
        const queue = player.queue.peek();
        if (queue === kept || queue.index < 0) return;
        kept = queue;
        toldAt = Date.now();
        const { ids, index } = keptPart(queue);
        void api.keepQueue({ trackIds: ids, currentIndex: index, ...place() });
    };
    const keepPlace = () => {
        if (player.queue.peek() !== kept || !kept) return;
        toldAt = Date.now();
        void api.keepPlace({ currentIndex: keptPart(kept).index, ...place() });
    };

    const restored = quiet.then(() => restoreQueue(player)).then((queue) => (kept ??= queue));
    effect(() => {
        void player.queue.value;
        clearTimeout(timer);
        timer = setTimeout(() => void restored.then(keepAll), kQueueDelayMs);
    });
    effect(() => {
        void player.position.value;
        if (player.playing.value && Date.now() - toldAt > kPlaceEveryMs) keepPlace();
    });
    effect(() => {
        if (!player.playing.value) keepPlace();
    });
    addEventListener('pagehide', () => {
        keepAll();
        keepPlace();
    });
}

async function restoreQueue(player: Player): Promise<Queue | undefined> {
    try {
        const { trackIds, currentIndex, positionSeconds } = await api.queue();
        const queue = { ids: trackIds, index: currentIndex };
        const id = currentId(queue);
        const shown = currentId(player.queue.peek());
        // A reload comes back to its track by the address, and to the place in it by this.
        const isFree = shown === undefined || (shown === id && player.now === 0);
        if (!isFree || id === undefined || player.playing.peek()) return undefined;
        await player.restore(queue, positionSeconds);
        return queue;
    } catch {
        return undefined; // There is none, or it is not to be had: an empty queue it is.
    }
}
