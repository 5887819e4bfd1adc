import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { strings } from '../strings';
import { Dialog, showDialog } from './Dialog';

/** Asks for a name, or for another one. */
export function askName(title: string, before: string, act: (name: string) => void): void {
    showDialog(({ onClose }) => (
        <NameDialog title={title} before={before} act={act} onClose={onClose} />
    ));
}

function NameDialog(props: {
    title: string;
    before: string;
    act: (name: string) => void;
    onClose: () => void;
}) {
    const name = useSignal(props.before);
    const input = useRef<HTMLInputElement>(null);
    useEffect(() => input.current?.select(), []);
    return (
        <Dialog title={props.title} onClose={props.onClose}>
            <form
                class="new-playlist"
                onSubmit={(event) => {
                    event.preventDefault();
                    const chosen = name.peek().trim();
                    if (!chosen) return;
                    props.onClose();
                    props.act(chosen);
                }}
            >
                <input
                    ref={input}
                    class="field"
                    type="text"
                    required
                    autofocus
                    maxLength={200}
                    aria-label={strings.library.name}
                    placeholder={strings.library.name}
                    value={name.value}
                    onInput={(event) => (name.value = event.currentTarget.value)}
                />
                <button type="submit" class="filled">
                    {strings.library.keep}
                </button>
            </form>
        </Dialog>
    );
}

/** Asks before something is done that cannot be undone. */
export function confirm(title: string, text: string, yes: string, act: () => void): void {
    showDialog(({ onClose }) => (
        <Dialog title={title} onClose={onClose}>
            <p>{text}</p>
            <div class="dialog-tools">
                <button type="button" class="plain" onClick={onClose}>
                    {strings.shell.cancel}
                </button>
                <button
                    type="button"
                    class="filled is-danger"
                    onClick={() => {
                        onClose();
                        act();
                    }}
                >
                    {yes}
                </button>
            </div>
        </Dialog>
    ));
}
