import { care, type Prewarm, type PrewarmRequest } from '../../api/care';
import type { Selection } from '../../lib/selection';

const kAskAgainMs = 250;

/** @return the part of a request that says which tracks */
export async function requestOf(selection: Selection): Promise<PrewarmRequest> {
    switch (selection.kind) {
        case 'all':
        case 'recent':
        case 'most-played':
            return { select: selection.kind };
        case 'tracks':
            return named(selection.label, [...selection.trackIds]);
        case 'album':
            return named(selection.label, await care.allTrackIds({ album: selection.id }));
        case 'artist':
            return named(selection.label, await care.allTrackIds({ artist: selection.id }));
        case 'playlist':
            return named(selection.label, await care.playlistTrackIds(selection.id));
    }
}

/** By id, for names of albums and artists need not be one of a kind. */
function named(label: string, trackIds: string[]): PrewarmRequest {
    return { select: 'tracks', ...(label ? { name: label } : {}), trackIds };
}

/**
 * Has the server count what a request would cost. It waits its turn behind what is rendered.
 * @param onWait  called while it does  @param signal  ends it, on the server, too
 */
export async function estimate(
    request: PrewarmRequest,
    onWait: () => void,
    signal: AbortSignal,
): Promise<Prewarm> {
    let job = await care.prewarm({ ...request, dryRun: true });
    try {
        while (!isOver(job)) {
            if (job.progress.phase === 'waiting') onWait();
            await pause(kAskAgainMs, signal);
            job = await care.prewarmState(job.id);
        }
    } catch (error) {
        care.endPrewarm(job.id).catch(() => {
            // It ends by itself.
        });
        throw error;
    }
    return job;
}

export function isOver(job: Prewarm): boolean {
    return ['done', 'failed', 'cancelled'].includes(job.progress.phase);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
        const stop = () => {
            clearTimeout(timer);
            reject(new DOMException('ended', 'AbortError'));
        };
        if (signal.aborted) return void reject(new DOMException('ended', 'AbortError'));
        const timer = setTimeout(() => {
            signal.removeEventListener('abort', stop);
            resolve();
        }, ms);
        signal.addEventListener('abort', stop, { once: true });
    });
}
