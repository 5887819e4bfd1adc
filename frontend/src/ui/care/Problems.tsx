import { signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { care, type LibraryProblem } from '../../api/care';
import { groupProblems, reasonWithout, splitPath, type ProblemGroup } from '../../lib/care';
import { formatCount } from '../../lib/format';
import { health } from '../../model/library';
import { toast } from '../../model/toasts';
import { strings } from '../../strings';
import { Card } from './Card';
import { CheckIcon } from './icons';

const words = strings.care.problems;
/** More would only make the page slow. */
const kMost = 10_000;
const kPage = 20;

const found = signal<readonly LibraryProblem[] | undefined>(undefined);
const failure = signal('');

async function load(): Promise<void> {
    try {
        found.value = await care.problems(kMost);
        failure.value = '';
    } catch (error) {
        failure.value = error instanceof Error ? error.message : String(error);
    }
}

/** What was skipped and why, sorted by what is to be done about it. */
export function Problems() {
    // Scans and measuring are what find problems and mend them.
    const scan = health.value?.scan;
    const pending = health.value?.analysis.pending ?? 0;
    useEffect(() => void load(), [scan?.running, scan?.endedMs, pending]);
    const now = found.value;
    return (
        <Card
            title={words.title}
            kind="care-problems"
            actions={now && now.length > 0 && <CopyButton problems={now} />}
        >
            {failure.value && (
                <p class="care-line is-bad" role="alert">
                    {strings.care.failed(failure.value)}{' '}
                    <button type="button" class="plain" onClick={() => void load()}>
                        {words.again}
                    </button>
                </p>
            )}
            {now?.length === 0 && (
                <p class="care-good">
                    <CheckIcon />
                    {words.none}
                </p>
            )}
            {now && now.length > 0 && (
                <>
                    <p class="care-line" role="status">
                        {now.length < kMost ? words.count(now.length) : words.onlySome(kMost)}
                    </p>
                    <div class="care-groups">
                        {groupProblems(now).map((group, index) => (
                            <Group key={group.kind} group={group} isFirst={index === 0} />
                        ))}
                    </div>
                </>
            )}
        </Card>
    );
}

function Group({ group, isFirst }: { group: ProblemGroup; isFirst: boolean }) {
    const shown = useSignal(kPage);
    const { title, todo } = words.kinds[group.kind];
    const count = group.problems.length;
    const more = Math.min(10 * kPage, count - shown.value);
    return (
        <details class="care-group" open={isFirst}>
            <summary>
                <span>{title}</span>
                <span class="care-count">{formatCount(count)}</span>
            </summary>
            <p class="care-todo">{todo}</p>
            <ul>
                {group.problems.slice(0, shown.value).map(({ path, reason }) => {
                    const { folder, name } = splitPath(path);
                    return (
                        <li key={path + reason}>
                            <span class="care-path">
                                <strong>{name}</strong>
                                <small>{folder}</small>
                            </span>
                            <span class="care-reason">{reasonWithout(path, reason)}</span>
                        </li>
                    );
                })}
            </ul>
            {more > 0 && (
                <button type="button" class="plain" onClick={() => (shown.value += more)}>
                    {words.showMore(more)}
                </button>
            )}
        </details>
    );
}

function CopyButton({ problems }: { problems: readonly LibraryProblem[] }) {
    return (
        <button
            type="button"
            class="plain"
            onClick={() => {
                const text = problems.map(({ path, reason }) => `${path}\t${reason}`).join('\n');
                // Clipboards are for secure origins.
                const copied = navigator.clipboard?.writeText(text) ?? Promise.reject();
                copied.then(
                    () => toast(words.copied),
                    () => toast(words.notCopied, 'error'),
                );
            }}
        >
            {words.copy}
        </button>
    );
}
