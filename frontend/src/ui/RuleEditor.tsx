import { useSignal } from '@preact/signals';
import type { SmartRules, SmartTest, SmartValue } from '../api/catalog';
import {
    draftOf,
    kFields,
    kOperators,
    newTest,
    rulesOf,
    withOperator,
    type Draft,
    type Field,
} from '../lib/smartRules';
import { strings } from '../strings';
import { Dialog, showDialog } from './Dialog';
import { AddIcon, CloseIcon } from './icons';

const words = strings.library.rules;
const kUsualLimit = 100;

/**
 * Edits a smart playlist, or makes one.
 *
 * @param keep  tells whether it was kept; the dialog then closes
 */
export function editRules(
    before: { name: string; rules: SmartRules } | undefined,
    keep: (name: string, rules: SmartRules) => Promise<boolean>,
): void {
    showDialog(({ onClose }) => <Editor before={before} keep={keep} onClose={onClose} />);
}

function Editor(props: {
    before: { name: string; rules: SmartRules } | undefined;
    keep: (name: string, rules: SmartRules) => Promise<boolean>;
    onClose: () => void;
}) {
    const name = useSignal(props.before?.name ?? '');
    const draft = useSignal<Draft>(
        props.before
            ? draftOf(props.before.rules)
            : { ...draftOf({}), tests: [newTest('genre')], limit: kUsualLimit },
    );
    const change = (part: Partial<Draft>) => (draft.value = { ...draft.peek(), ...part });
    const put = (index: number, test: SmartTest) =>
        change({ tests: draft.peek().tests.map((old, i) => (i === index ? test : old)) });
    const { match, tests, others, orderBy, descending, limit, limitMinutes } = draft.value;
    return (
        <Dialog title={props.before ? words.edit : words.create} onClose={props.onClose} wide>
            <form
                class="rules"
                onSubmit={(event) => {
                    event.preventDefault();
                    const title = name.peek().trim();
                    if (!title) return;
                    void props
                        .keep(title, rulesOf(draft.peek()))
                        .then((kept) => kept && props.onClose());
                }}
            >
                <input
                    class="field"
                    type="text"
                    required
                    maxLength={200}
                    placeholder={strings.library.name}
                    aria-label={strings.library.name}
                    value={name.value}
                    onInput={(event) => (name.value = event.currentTarget.value)}
                />
                <label class="rules-line">
                    {words.tracksThat}
                    <select
                        class="field"
                        value={match}
                        onChange={(event) =>
                            change({ match: event.currentTarget.value as Draft['match'] })
                        }
                    >
                        <option value="all">{words.all}</option>
                        <option value="any">{words.any}</option>
                    </select>
                </label>
                <ul class="rules-tests">
                    {tests.map((test, i) => (
                        <li key={i}>
                            <TestRow
                                test={test}
                                onChange={(changed) => put(i, changed)}
                                onRemove={() => change({ tests: tests.filter((_, at) => at !== i) })}
                            />
                        </li>
                    ))}
                    {others.length > 0 && (
                        <li class="quiet">{words.others(others.length)}</li>
                    )}
                </ul>
                <button
                    type="button"
                    class="plain rules-add"
                    onClick={() => change({ tests: [...tests, newTest('genre')] })}
                >
                    <AddIcon />
                    {words.add}
                </button>
                <div class="rules-line">
                    <label>
                        {words.orderBy}
                        <select
                            class="field"
                            value={orderBy}
                            onChange={(event) => change({ orderBy: event.currentTarget.value })}
                        >
                            <option value="">{words.libraryOrder}</option>
                            <option value="random">{words.random}</option>
                            {Object.keys(kFields).map((field) => (
                                <option key={field} value={field}>
                                    {words.fields[field as Field]}
                                </option>
                            ))}
                            {orderBy && orderBy !== 'random' && !(orderBy in kFields) && (
                                <option value={orderBy}>{orderBy}</option>
                            )}
                        </select>
                    </label>
                    {orderBy !== '' && orderBy !== 'random' && (
                        <label class="check">
                            <input
                                type="checkbox"
                                checked={descending}
                                onChange={(event) =>
                                    change({ descending: event.currentTarget.checked })
                                }
                            />
                            {words.descending}
                        </label>
                    )}
                </div>
                <div class="rules-line">
                    <label class="check">
                        <input
                            type="checkbox"
                            checked={limit !== undefined || limitMinutes !== undefined}
                            onChange={(event) =>
                                change({
                                    limit: event.currentTarget.checked ? kUsualLimit : undefined,
                                    limitMinutes: undefined,
                                })
                            }
                        />
                        {words.limit}
                    </label>
                    {(limit !== undefined || limitMinutes !== undefined) && (
                        <>
                            <input
                                class="field number"
                                type="number"
                                min="1"
                                max="10000"
                                aria-label={words.limit}
                                value={limit ?? limitMinutes}
                                onInput={(event) => {
                                    const most = Math.max(1, Number(event.currentTarget.value));
                                    if (limit !== undefined) change({ limit: Math.round(most) });
                                    else change({ limitMinutes: most });
                                }}
                            />
                            <select
                                class="field"
                                aria-label={words.unit}
                                value={limit !== undefined ? 'tracks' : 'minutes'}
                                onChange={(event) => {
                                    const most = limit ?? limitMinutes ?? kUsualLimit;
                                    const byTracks = event.currentTarget.value === 'tracks';
                                    change({
                                        limit: byTracks ? Math.round(most) : undefined,
                                        limitMinutes: byTracks ? undefined : most,
                                    });
                                }}
                            >
                                <option value="tracks">{words.tracks}</option>
                                <option value="minutes">{words.minutes}</option>
                            </select>
                        </>
                    )}
                </div>
                <div class="dialog-tools">
                    <button type="button" class="plain" onClick={props.onClose}>
                        {strings.shell.cancel}
                    </button>
                    <button type="submit" class="filled">
                        {strings.library.keep}
                    </button>
                </div>
            </form>
        </Dialog>
    );
}

function TestRow(props: {
    test: SmartTest;
    onChange: (test: SmartTest) => void;
    onRemove: () => void;
}) {
    const { test, onChange } = props;
    const field = test.field as Field;
    const kind = kFields[field];
    return (
        <div class="rules-test">
            <select
                class="field"
                aria-label={words.field}
                value={field}
                onChange={(event) => onChange(newTest(event.currentTarget.value as Field))}
            >
                {Object.keys(kFields).map((name) => (
                    <option key={name} value={name}>
                        {words.fields[name as Field]}
                    </option>
                ))}
            </select>
            <select
                class="field"
                aria-label={words.operator}
                value={test.operator}
                onChange={(event) => onChange(withOperator(test, event.currentTarget.value))}
            >
                {kOperators[kind].map((operator) => (
                    <option key={operator} value={operator}>
                        {words.operators[operator as keyof typeof words.operators]}
                    </option>
                ))}
            </select>
            <ValueField test={test} onValue={(value) => onChange({ ...test, value })} />
            <button
                type="button"
                class="round"
                aria-label={words.remove}
                title={words.remove}
                onClick={props.onRemove}
            >
                <CloseIcon />
            </button>
        </div>
    );
}

function ValueField({
    test,
    onValue,
}: {
    test: SmartTest;
    onValue: (value: SmartValue) => void;
}) {
    const { value, operator } = test;
    const kind = kFields[test.field as Field];
    if (kind === 'truth') {
        return (
            <select
                class="field"
                aria-label={words.value}
                value={String(value)}
                onChange={(event) => onValue(event.currentTarget.value === 'true')}
            >
                <option value="true">{words.yes}</option>
                <option value="false">{words.no}</option>
            </select>
        );
    }
    const number = (shown: number, put: (typed: number) => void, label: string) => (
        <input
            class="field number"
            type="number"
            step="any"
            required
            aria-label={label}
            value={shown}
            onInput={(event) => put(Number(event.currentTarget.value))}
        />
    );
    if (Array.isArray(value)) {
        const [least, most] = value as readonly [number, number];
        return (
            <span class="rules-range">
                {number(least, (typed) => onValue([typed, most]), words.least)}
                {number(most, (typed) => onValue([least, typed]), words.most)}
            </span>
        );
    }
    if (operator === 'before' || operator === 'after') {
        return (
            <input
                class="field"
                type="date"
                required
                aria-label={words.value}
                value={String(value)}
                onInput={(event) => onValue(event.currentTarget.value)}
            />
        );
    }
    if (kind === 'date') {
        return (
            <span class="rules-range">
                {number(Number(value), onValue, words.days)} {words.days}
            </span>
        );
    }
    if (kind === 'number') return number(Number(value), onValue, words.value);
    return (
        <input
            class="field"
            type="text"
            required
            maxLength={200}
            aria-label={words.value}
            value={String(value)}
            onInput={(event) => onValue(event.currentTarget.value)}
        />
    );
}
