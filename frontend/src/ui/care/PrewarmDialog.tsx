import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ApiError } from '../../api/client';
import { care, type Prewarm } from '../../api/care';
import { capital } from '../../lib/care';
import type { Selection } from '../../lib/selection';
import { notePrewarm } from '../../model/care/activity';
import { estimate, requestOf } from '../../model/care/prewarm';
import { presets as knownPresets } from '../../model/library';
import * as settings from '../../model/settings';
import { toast } from '../../model/toasts';
import { strings } from '../../strings';
import { Choice, Dialog } from './Dialog';
import { Picker } from './Picker';

const words = strings.care.prewarm;

type Source = 'recent' | 'most-played' | 'all' | 'pick';
type Depth = 'first-chunks' | 'full';
type Cost =
    | { state: 'counting'; waits: boolean }
    | { state: 'known'; job: Prewarm }
    | { state: 'unknown'; why: string };

/** Settles before the server is asked, so that walking through choices asks once. */
const kSettleMs = 250;

const kSources: readonly Source[] = ['recent', 'most-played', 'all', 'pick'];
const wordsOf = (source: Source) => (source === 'pick' ? words.pick : words.sources[source]);

export default function PrewarmDialog({
    selection,
    onClose,
}: {
    selection: Selection | undefined;
    onClose: () => void;
}) {
    const source = useSignal<Source>('recent');
    const depth = useSignal<Depth>('first-chunks');
    const chosen = useSignal<readonly string[]>([settings.preset.peek()]);
    const cost = useSignal<Cost>({ state: 'counting', waits: false });
    const sending = useSignal(false);
    const failure = useSignal('');

    const picked = useSignal<Selection | undefined>(undefined);
    const wanted =
        selection ??
        (source.value === 'pick'
            ? picked.value
            : { kind: source.value, label: words.sources[source.value].label });
    const ready = wanted !== undefined && chosen.value.length > 0;
    const voice = { presets: [...chosen.value], intensity: settings.intensity.value };
    const asked = JSON.stringify([wanted, depth.value, voice]);

    useEffect(() => {
        cost.value = { state: 'counting', waits: false };
        if (!wanted || !ready) return undefined;
        const ended = new AbortController();
        const timer = setTimeout(() => {
            const count = async () => {
                const request = { ...(await requestOf(wanted)), depth: depth.value, ...voice };
                return estimate(
                    request,
                    () => (cost.value = { state: 'counting', waits: true }),
                    ended.signal,
                );
            };
            count().then(
                (job) => {
                    if (ended.signal.aborted) return;
                    cost.value = job.progress.error
                        ? { state: 'unknown', why: job.progress.error }
                        : { state: 'known', job };
                },
                (error: unknown) => {
                    if (ended.signal.aborted) return;
                    cost.value = { state: 'unknown', why: sentenceOf(error) };
                },
            );
        }, kSettleMs);
        return () => {
            clearTimeout(timer);
            ended.abort();
        };
    }, [asked]);

    const begin = async () => {
        if (!wanted || !ready || sending.value) return;
        sending.value = true;
        failure.value = '';
        try {
            const job = await care.prewarm({
                ...(await requestOf(wanted)),
                depth: depth.value,
                ...voice,
            });
            notePrewarm(job);
            toast(words.begun(wanted.label));
            onClose();
        } catch (error) {
            failure.value = sentenceOf(error);
            sending.value = false;
        }
    };

    return (
        <Dialog
            title={words.title}
            subtitle={selection ? selection.label : words.subtitle}
            onClose={onClose}
            onSubmit={() => void begin()}
            foot={
                <>
                    <CostLine
                        cost={cost.value}
                        missing={
                            wanted === undefined
                                ? words.choosePick
                                : chosen.value.length === 0
                                  ? words.choosePreset
                                  : undefined
                        }
                    />
                    {failure.value && (
                        <p class="ask-error" role="alert">
                            {failure.value}
                        </p>
                    )}
                </>
            }
            actions={
                <>
                    <button type="button" class="plain" onClick={onClose}>
                        {strings.care.notNow}
                    </button>
                    <button type="submit" class="care-primary" disabled={!ready || sending.value}>
                        {words.begin}
                    </button>
                </>
            }
        >
            {!selection && (
                <Choice
                    legend={words.what}
                    name="prewarm-source"
                    value={source.value}
                    onChange={(value) => (source.value = value)}
                    options={kSources.map((value) => ({ value, ...wordsOf(value) }))}
                />
            )}
            {!selection && source.value === 'pick' && (
                <Picker value={picked.value} onChange={(value) => (picked.value = value)} />
            )}
            <Choice
                legend={words.howMuch}
                name="prewarm-depth"
                value={depth.value}
                onChange={(value) => (depth.value = value)}
                options={[
                    { value: 'first-chunks', ...words.beginnings },
                    { value: 'full', ...words.everything },
                ]}
            />
            <Presets
                chosen={chosen.value}
                onChange={(value) => (chosen.value = value)}
                intensity={settings.intensity.value}
            />
        </Dialog>
    );
}

function sentenceOf(error: unknown): string {
    if (error instanceof ApiError && error.status === 503) return words.tooMany;
    return error instanceof Error ? error.message : String(error);
}

function Presets({
    chosen,
    onChange,
    intensity,
}: {
    chosen: readonly string[];
    onChange: (chosen: readonly string[]) => void;
    intensity: number;
}) {
    const names = knownPresets.value.map(({ name }) => name);
    const all = names.length > 0 ? names : [...chosen];
    return (
        <fieldset class="ask-choice">
            <legend>{words.presets}</legend>
            <div class="ask-chips">
                {all.map((name) => (
                    <label key={name} class="ask-chip">
                        <input
                            type="checkbox"
                            value={name}
                            checked={chosen.includes(name)}
                            onChange={(event) =>
                                onChange(
                                    event.currentTarget.checked
                                        ? [...chosen, name]
                                        : chosen.filter((other) => other !== name),
                                )
                            }
                        />
                        <span>{capital(name)}</span>
                    </label>
                ))}
            </div>
            <p class="ask-hint">{words.atIntensity(intensity)}</p>
        </fieldset>
    );
}

function CostLine({ cost, missing }: { cost: Cost; missing: string | undefined }) {
    const line = () => {
        if (missing) return missing;
        if (cost.state === 'unknown') return words.noEstimate(cost.why);
        if (cost.state === 'counting') return cost.waits ? words.estimateWaits : words.counting;
        return words.cost(cost.job.progress);
    };
    return (
        <div class={`ask-cost${cost.state === 'counting' && !missing ? ' is-counting' : ''}`}>
            <h3>{words.costTitle}</h3>
            <p role="status">{line()}</p>
            {cost.state === 'known' && cost.job.progress.limit === 'cache-full' && (
                <p class="ask-note">{words.cacheFull}</p>
            )}
        </div>
    );
}
