import { signal, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { care, type CacheReport } from '../../api/care';
import { capital, formatBytes, formatShare } from '../../lib/care';
import { formatCount, formatTotal } from '../../lib/format';
import { prewarms } from '../../model/care/activity';
import { toast } from '../../model/toasts';
import { strings } from '../../strings';
import { Card } from './Card';
import { Confirm } from './Confirm';

const words = strings.care.cache;
const kMostTracks = 50;
const kFewTracks = 8;
const kPollMs = 5000;

const report = signal<CacheReport | undefined>(undefined);

async function load(): Promise<void> {
    try {
        report.value = await care.cache(kMostTracks);
    } catch {
        // What is shown stays; the next round asks again.
    }
}

interface Clearing {
    title: string;
    of: { track?: string; preset?: string };
    bytes: number;
}

export function Cache() {
    const asked = useSignal<Clearing | undefined>(undefined);
    // What is played and rendered fills it, which no event tells.
    useEffect(() => {
        void load();
        const timer = setInterval(() => {
            if (!document.hidden) void load();
        }, kPollMs);
        return () => clearInterval(timer);
    }, [prewarms.value.length]);
    const now = report.value;
    const clear = async ({ of }: Clearing) => {
        try {
            const { bytes } = await care.clearCache(of);
            toast(words.cleared(bytes));
        } catch (error) {
            toast(strings.care.failed((error as Error).message), 'error');
        }
        await load();
    };
    return (
        <Card
            title={words.title}
            kind="care-cache"
            actions={
                now &&
                now.all.chunks > 0 && (
                    <button
                        type="button"
                        class="plain"
                        onClick={() =>
                            (asked.value = {
                                title: words.clearAllTitle,
                                of: {},
                                bytes: now.all.bytes,
                            })
                        }
                    >
                        {words.clearAll}
                    </button>
                )
            }
        >
            <p class="care-line">{words.intro}</p>
            {now && (
                <>
                    <Gauges report={now} />
                    {now.all.chunks === 0 ? (
                        <p class="care-line">{words.empty}</p>
                    ) : (
                        <>
                            <Figures report={now} />
                            <ByPreset
                                report={now}
                                onClear={(clearing) => (asked.value = clearing)}
                            />
                            <ByTrack report={now} onClear={(clearing) => void clear(clearing)} />
                        </>
                    )}
                </>
            )}
            {asked.value && (
                <Confirm
                    title={asked.value.title}
                    text={words.clearAllText(asked.value.bytes)}
                    action={words.clear}
                    onConfirm={() => asked.value && void clear(asked.value)}
                    onClose={() => (asked.value = undefined)}
                />
            )}
        </Card>
    );
}

function Gauges({ report: now }: { report: CacheReport }) {
    return (
        <div class="care-gauges">
            <Gauge label={words.general} bytes={now.generalBytes} budget={now.generalBudgetBytes} />
            <Gauge
                label={words.beginnings}
                hint={words.beginningsHint}
                bytes={now.firstChunkBytes}
                budget={now.firstChunkBudgetBytes}
            />
        </div>
    );
}

function Gauge({
    label,
    hint,
    bytes,
    budget,
}: {
    label: string;
    hint?: string;
    bytes: number;
    budget: number;
}) {
    const share = budget > 0 ? Math.min(1, bytes / budget) : 0;
    return (
        <div class="care-gauge" title={hint}>
            <div class="care-part-head">
                <h4>{label}</h4>
                <span class="quiet">{words.used(bytes, budget)}</span>
            </div>
            <div
                class="care-bar"
                role="meter"
                aria-label={label}
                aria-valuemin={0}
                aria-valuemax={100}
                aria-valuenow={Math.round(100 * share)}
                aria-valuetext={words.used(bytes, budget)}
            >
                <i style={{ width: `${100 * share}%` }} />
            </div>
        </div>
    );
}

function Figures({ report: { all } }: { report: CacheReport }) {
    const figures: [string, string][] = [
        [formatTotal(all.seconds), words.music],
        [all.hitRate === null ? '–' : formatShare(all.hitRate), words.hitRate],
        [formatCount(all.rendersSaved), words.saved],
    ];
    return (
        <dl class="care-figures">
            {figures.map(([value, label]) => (
                <div key={label}>
                    <dt>{label}</dt>
                    <dd>{value}</dd>
                </div>
            ))}
        </dl>
    );
}

function ByPreset({
    report: { presets },
    onClear,
}: {
    report: CacheReport;
    onClear: (clearing: Clearing) => void;
}) {
    const most = Math.max(1, ...presets.map(({ bytes }) => bytes));
    return (
        <Table caption={words.byPreset} columns={[words.sound, words.size, words.hitRateColumn]}>
            {presets
                .filter(({ chunks }) => chunks > 0)
                .map(({ preset, bytes, hitRate }) => (
                    <tr key={preset}>
                        <th scope="row">
                            <span class="care-name">{capital(preset)}</span>
                            <i class="care-share" style={{ width: `${(100 * bytes) / most}%` }} />
                        </th>
                        <td>{formatBytes(bytes)}</td>
                        <td>{hitRate === null ? '–' : formatShare(hitRate)}</td>
                        <td>
                            <button
                                type="button"
                                class="care-small"
                                aria-label={words.clearPreset(preset)}
                                onClick={() =>
                                    onClear({
                                        title: words.clearPresetTitle(preset),
                                        of: { preset },
                                        bytes,
                                    })
                                }
                            >
                                {words.clear}
                            </button>
                        </td>
                    </tr>
                ))}
        </Table>
    );
}

function ByTrack({
    report: { tracks, tracksLeftOut },
    onClear,
}: {
    report: CacheReport;
    onClear: (clearing: Clearing) => void;
}) {
    const all = useSignal(false);
    const shown = all.value ? tracks : tracks.slice(0, kFewTracks);
    const hidden = tracks.length - shown.length;
    return (
        <details class="care-group">
            <summary>
                <span>{words.byTrack}</span>
                <span class="care-count">{tracks.length + tracksLeftOut}</span>
            </summary>
            <Table caption="" columns={[words.track, words.size, words.hits]}>
                {shown.map(({ trackId, artist, title, content, preset, bytes, hits }) => {
                    const name = title ?? words.unknownTrack;
                    return (
                        <tr key={content + preset}>
                            <th scope="row">
                                <span class="care-name">{name}</span>
                                <small>{[artist, preset].filter(Boolean).join(' · ')}</small>
                            </th>
                            <td>{formatBytes(bytes)}</td>
                            <td>{formatCount(hits)}×</td>
                            <td>
                                {trackId !== null && (
                                    <button
                                        type="button"
                                        class="care-small"
                                        aria-label={words.clearTrack(name, preset)}
                                        onClick={() =>
                                            onClear({
                                                title: '',
                                                of: { track: trackId, preset },
                                                bytes,
                                            })
                                        }
                                    >
                                        {words.clear}
                                    </button>
                                )}
                            </td>
                        </tr>
                    );
                })}
            </Table>
            {hidden > 0 && (
                <button type="button" class="plain" onClick={() => (all.value = true)}>
                    {strings.care.problems.showMore(hidden)}
                </button>
            )}
            {hidden === 0 && tracksLeftOut > 0 && (
                <p class="care-line">{words.leftOut(tracksLeftOut)}</p>
            )}
        </details>
    );
}

function Table({
    caption,
    columns,
    children,
}: {
    caption: string;
    columns: readonly string[];
    children: ComponentChildren;
}) {
    return (
        <table class="care-table">
            {caption && <caption>{caption}</caption>}
            <thead>
                <tr>
                    {columns.map((column) => (
                        <th key={column} scope="col">
                            {column}
                        </th>
                    ))}
                    <th scope="col">
                        <span class="unseen">{words.clear}</span>
                    </th>
                </tr>
            </thead>
            <tbody>{children}</tbody>
        </table>
    );
}
