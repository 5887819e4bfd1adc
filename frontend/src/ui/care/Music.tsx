import { useSignal } from '@preact/signals';
import { catalog, type Query } from '../../api/catalog';
import { ApiError } from '../../api/client';
import { care, type Corridor } from '../../api/care';
import type { ScanStatus } from '../../api/types';
import { ago } from '../../lib/care';
import { formatCount } from '../../lib/format';
import { corridor, refresh } from '../../model/care/activity';
import { health } from '../../model/library';
import { toast } from '../../model/toasts';
import { strings } from '../../strings';
import { useLoaded } from '../pages/useLoaded';
import { Card } from './Card';
import { Progress } from './Progress';

const words = strings.care.library;

const countOf = async (list: typeof catalog.albums | typeof catalog.artists, query: Query) =>
    (await list(query, { limit: 1, count: true })).matching;

function Figure({ value, of }: { value: number | undefined; of: (count: number) => string }) {
    return (
        <span class="care-figure">
            <strong>{value === undefined ? '–' : formatCount(value)}</strong> <span>{of(value ?? 0)}</span>
        </span>
    );
}

export function Music() {
    const now = health.value;
    const { value: albums } = useLoaded('albums', () => countOf(catalog.albums, {}));
    const { value: artists } = useLoaded('artists', () =>
        countOf(catalog.artists, { role: 'albumArtist' }),
    );
    return (
        <Card title={words.title} kind="care-music" actions={<ScanButtons />}>
            <p class="care-totals">
                <Figure value={now?.tracks} of={words.tracks} />
                <Figure value={albums} of={words.albums} />
                <Figure value={artists} of={words.artists} />
            </p>
            {now && <LastScan scan={now.scan} />}
            {now && corridor.value && (
                <Measured tracks={now.tracks} pending={now.analysis.pending} of={corridor.value} />
            )}
            {corridor.value && <Learned corridor={corridor.value} />}
        </Card>
    );
}

function ScanButtons() {
    const asking = useSignal(false);
    const running = health.value?.scan.running ?? false;
    const scan = async (depth: 'files' | 'folders') => {
        asking.value = true;
        try {
            await care.scan(depth);
            await refresh();
        } catch (error) {
            const runs = error instanceof ApiError && error.status === 409;
            toast(
                runs ? words.alreadyRunning : strings.care.failed((error as Error).message),
                runs ? 'note' : 'error',
            );
        }
        asking.value = false;
    };
    return (
        <>
            <button
                type="button"
                class="plain"
                title={words.quickHint}
                disabled={asking.value || running}
                onClick={() => void scan('folders')}
            >
                {words.quickScan}
            </button>
            <button
                type="button"
                class="care-primary"
                disabled={asking.value || running}
                onClick={() => void scan('files')}
            >
                {words.scan}
            </button>
        </>
    );
}

function LastScan({ scan }: { scan: ScanStatus }) {
    if (scan.running) return <p class="care-line">{strings.care.scanning}…</p>;
    if (scan.failed) return <p class="care-line is-bad">{words.scanFailed(scan.error ?? '')}</p>;
    if (scan.endedMs === null) return <p class="care-line">{words.neverScanned}</p>;
    const when = ago(scan.endedMs, Date.now());
    if (scan.cancelled) return <p class="care-line">{words.scanCancelled(when)}</p>;
    return (
        <p class="care-line">
            {scan.folders === null ? words.lastScan(when) : words.followed(scan.folders, when)} ·{' '}
            {words.found(scan)}
        </p>
    );
}

function Measured({ tracks, pending, of }: { tracks: number; pending: number; of: Corridor }) {
    const analysed = Math.min(tracks, of.analysed);
    const done = pending === 0;
    return (
        <div class="care-part">
            <div class="care-part-head">
                <h4>{words.measured}</h4>
                <span class="quiet">{strings.care.ofTracks(analysed, tracks)}</span>
            </div>
            <Progress
                label={words.measured}
                fraction={tracks > 0 ? analysed / tracks : 0}
                text={strings.care.ofTracks(analysed, tracks)}
            />
            <p class="care-line">{done ? words.allMeasured : words.measuredHint}</p>
        </div>
    );
}

function Learned({
    corridor: { version, tracks, createdMs, analysed, nextAt },
}: {
    corridor: Corridor;
}) {
    const builtIn = version === 0;
    return (
        <div class="care-part">
            <div class="care-part-head">
                <h4>{words.learned}</h4>
            </div>
            {builtIn && nextAt !== null && (
                <Progress
                    label={words.learned}
                    fraction={Math.min(1, analysed / nextAt)}
                    text={words.learnsAt(analysed, nextAt)}
                />
            )}
            <p class="care-line">
                {builtIn
                    ? words.builtIn
                    : words.learnedFrom(tracks ?? 0, ago(createdMs ?? 0, Date.now()))}{' '}
                {nextAt !== null &&
                    (builtIn
                        ? `${words.learnsAt(analysed, nextAt)}.`
                        : words.learnsAgainAt(nextAt))}
            </p>
        </div>
    );
}
