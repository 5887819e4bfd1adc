import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { care, type Enhancement, type Prewarm } from '../../api/care';
import { ago, formatBytes } from '../../lib/care';
import { enhancements, prewarms, stateOf } from '../../model/care/activity';
import { isOver } from '../../model/care/prewarm';
import { strings } from '../../strings';
import { Card } from './Card';
import { enhanceDialog, prewarmDialog } from './dialogs';

const words = strings.care.jobs;
const kFew = 5;

/** What was rendered into the cache before anybody played it. */
export function RenderedAhead() {
    const over = prewarms.value.filter(isOver);
    return (
        <Card
            title={strings.care.prewarm.heading}
            kind="care-jobs"
            actions={
                <button type="button" class="plain" onClick={() => prewarmDialog()}>
                    {strings.care.prewarm.action}
                </button>
            }
        >
            <p class="care-line">
                {strings.care.prewarm.intro} {strings.care.prewarm.menuHint}
            </p>
            <Done>
                {over.map((job) => (
                    <PrewarmRow key={job.id} job={job} />
                ))}
            </Done>
        </Card>
    );
}

/** What was written as files. */
export function Masters() {
    const over = enhancements.value.filter(({ progress }) =>
        ['done', 'failed', 'cancelled'].includes(progress.state),
    );
    const { heading, intro, action } = strings.care.enhance;
    return (
        <Card
            title={heading}
            kind="care-masters"
            actions={
                <button type="button" class="plain" onClick={() => enhanceDialog()}>
                    {action}
                </button>
            }
        >
            <p class="care-line">{intro}</p>
            <Done>
                {over.map((job) => (
                    <MasterRow key={job.id} job={job} />
                ))}
            </Done>
        </Card>
    );
}

/** The last few, and the others when they are asked for. */
function Done({ children }: { children: VNode[] }) {
    const all = useSignal(false);
    if (children.length === 0) return null;
    const shown = all.value ? children : children.slice(0, kFew);
    return (
        <div>
            <h4>{words.title}</h4>
            <ul class="care-done">{shown}</ul>
            {shown.length < children.length && (
                <button type="button" class="plain" onClick={() => (all.value = true)}>
                    {strings.care.problems.showMore(children.length - shown.length)}
                </button>
            )}
        </div>
    );
}

function PrewarmRow({ job }: { job: Prewarm }) {
    const { progress, request } = job;
    const state = stateOf(job);
    const what = [
        state === 'failed' ? (progress.error ?? '') : words.rendered(progress),
        words.limits[progress.limit],
        job.scheduled && words.scheduled,
    ].filter(Boolean);
    return (
        <li>
            <div class="care-done-words">
                <strong>{words.prewarmed(request)}</strong>
                <span class="quiet">{what.join(' · ')}</span>
                {progress.tracksFailed > 0 && (
                    <Failures
                        count={progress.tracksFailed}
                        load={async () => (await care.prewarmState(job.id)).progress.problems ?? []}
                    />
                )}
            </div>
            <span class={`care-state is-${state}`}>{words.states[state]}</span>
            <span class="quiet care-when">{ago(job.createdMs, Date.now())}</span>
        </li>
    );
}

function MasterRow({ job }: { job: Enhancement }) {
    const { progress, request } = job;
    const failed = progress.state === 'failed';
    return (
        <li>
            <div class="care-done-words">
                <strong>{request.name ?? strings.care.enhanceTitle(request)}</strong>
                <span class="quiet">
                    {failed ? progress.error : strings.care.enhance.ended(progress)}
                    {request.format && ` · ${strings.care.enhance.formats[request.format].label}`}
                </span>
                {progress.tracksFailed > 0 && (
                    <Failures
                        count={progress.tracksFailed}
                        load={async () =>
                            ((await care.enhancement(job.id)).progress.failures ?? []).map(
                                ({ message }) => message,
                            )
                        }
                    />
                )}
                {progress.tracksMade + progress.tracksThere > 0 && <Files job={job} />}
            </div>
            <span class={`care-state is-${progress.state}`}>{words.states[progress.state]}</span>
            <span class="quiet care-when">{ago(job.createdMs, Date.now())}</span>
        </li>
    );
}

/** What was made, to be taken home. */
function Files({ job }: { job: Enhancement }) {
    const files = useSignal<Enhancement['progress']['files']>(undefined);
    const failure = useSignal('');
    const { tracksMade, tracksThere } = job.progress;
    const count = tracksMade + tracksThere;
    const load = () =>
        care.enhancement(job.id).then(
            (whole) => (files.value = whole.progress.files ?? []),
            (error: Error) => (failure.value = strings.care.failed(error.message)),
        );
    return (
        <details
            class="care-failures"
            onToggle={(event) => {
                if (event.currentTarget.open && !files.value) void load();
            }}
        >
            <summary>{strings.care.enhance.files(count)}</summary>
            {failure.value && <p role="alert">{failure.value}</p>}
            <ul>
                {files.value?.map(({ path, bytes }, number) => (
                    <li key={path}>
                        <a
                            href={care.enhancedFile(job.id, number)}
                            download
                            aria-label={strings.care.enhance.download(path)}
                        >
                            {path}
                        </a>{' '}
                        <small>{formatBytes(bytes)}</small>
                    </li>
                ))}
            </ul>
            {files.value && files.value.length < count && (
                <p>{strings.care.enhance.firstFiles(files.value.length)}</p>
            )}
        </details>
    );
}

/** What is wrong with single tracks, asked for when it is opened. */
export function Failures({ count, load }: { count: number; load: () => Promise<string[]> }) {
    const lines = useSignal<readonly string[] | undefined>(undefined);
    return (
        <details
            class="care-failures"
            onToggle={(event) => {
                if (!event.currentTarget.open || lines.value) return;
                load().then(
                    (loaded) => (lines.value = loaded),
                    (error: Error) => (lines.value = [strings.care.failed(error.message)]),
                );
            }}
        >
            <summary>{words.failures(count)}</summary>
            <ul>
                {lines.value?.map((line) => (
                    <li key={line}>{line}</li>
                ))}
            </ul>
        </details>
    );
}
