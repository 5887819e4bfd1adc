import { useSignal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { ApiError } from '../../api/client';
import type { Selection } from '../../lib/selection';
import { toast } from '../../model/toasts';
import { strings } from '../../strings';
import { Choice, Dialog } from './Dialog';
import { Picker } from './Picker';

/** What a menu has handed over, or one of these, or music that is picked. */
type Source = 'recent' | 'most-played' | 'all' | 'pick';
type Sources = Partial<Record<Source, { label: string; hint?: string }>>;

export interface JobDialogProps {
    selection: Selection | undefined;
    onClose: () => void;
}

interface Wanted {
    /** Nothing while it has to be picked. */
    wanted: Selection | undefined;
    /** What to choose by; nothing to choose where a menu has handed something over. */
    choice: JSX.Element | undefined;
}

/** Which music a job is for. @param sources  in the order in which they are offered */
export function useWanted(
    selection: Selection | undefined,
    { legend, name, sources }: { legend: string; name: string; sources: Sources },
): Wanted {
    const kinds = Object.keys(sources) as Source[];
    const source = useSignal<Source>(kinds[0] ?? 'all');
    const picked = useSignal<Selection | undefined>(undefined);
    if (selection) return { wanted: selection, choice: undefined };
    const kind = source.value;
    return {
        wanted: kind === 'pick' ? picked.value : { kind, label: sources[kind]?.label ?? '' },
        choice: (
            <>
                <Choice
                    legend={legend}
                    name={name}
                    value={kind}
                    onChange={(value) => (source.value = value)}
                    options={kinds.map((value) => ({ value, label: '', ...sources[value] }))}
                />
                {kind === 'pick' && (
                    <Picker value={picked.value} onChange={(value) => (picked.value = value)} />
                )}
            </>
        ),
    };
}

/** What the server refuses, for people. */
export function sentenceOf(error: unknown, tooMany: string): string {
    if (error instanceof ApiError && error.status === 503) return tooMany;
    return error instanceof Error ? error.message : String(error);
}

interface Props extends JobDialogProps {
    words: {
        title: string;
        subtitle: string;
        begin: string;
        begun: (label: string) => string;
        tooMany: string;
    };
    wanted: Selection | undefined;
    /** Something else is missing. */
    incomplete?: boolean;
    /** Has the server begin. */
    send: (wanted: Selection) => Promise<void>;
    foot?: ComponentChildren;
    children: ComponentChildren;
}

/** Asks how something long is to be done, and begins it. */
export function JobDialog({ words, selection, wanted, onClose, send, ...rest }: Props) {
    const sending = useSignal(false);
    const failure = useSignal('');
    const ready = wanted !== undefined && !rest.incomplete;

    const begin = async () => {
        if (!wanted || !ready || sending.value) return;
        sending.value = true;
        failure.value = '';
        try {
            await send(wanted);
            toast(words.begun(wanted.label));
            onClose();
        } catch (error) {
            failure.value = sentenceOf(error, words.tooMany);
            sending.value = false;
        }
    };

    return (
        <Dialog
            title={words.title}
            subtitle={selection?.label ?? words.subtitle}
            onClose={onClose}
            onSubmit={() => void begin()}
            foot={
                (rest.foot || failure.value) && (
                    <>
                        {rest.foot}
                        {failure.value && (
                            <p class="ask-error" role="alert">
                                {failure.value}
                            </p>
                        )}
                    </>
                )
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
            {rest.children}
        </Dialog>
    );
}
