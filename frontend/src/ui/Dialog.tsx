import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { strings } from '../strings';
import { CloseIcon } from './icons';
import { Toasts } from './Toasts';

interface Props {
    title: string;
    onClose: () => void;
    children: ComponentChildren;
    wide?: boolean;
}

/** A dialog over the page. It is open as long as it is drawn; Escape and the ground close it. */
export function Dialog({ title, onClose, children, wide }: Props) {
    const dialog = useRef<HTMLDialogElement>(null);
    const heading = useId();
    useEffect(() => {
        const before = document.activeElement;
        dialog.current?.showModal();
        return () => {
            if (before instanceof HTMLElement && before.isConnected) before.focus();
        };
    }, []);
    return (
        <dialog
            ref={dialog}
            class={`dialog${wide ? ' is-wide' : ''}`}
            aria-labelledby={heading}
            onClose={onClose}
            onPointerDown={(event) => {
                if (event.target === dialog.current) onClose();
            }}
        >
            <div class="dialog-body">
                <header class="dialog-head">
                    <h2 id={heading}>{title}</h2>
                    <button
                        type="button"
                        class="round"
                        aria-label={strings.shell.close}
                        onClick={onClose}
                    >
                        <CloseIcon />
                    </button>
                </header>
                {children}
            </div>
            <Toasts />
        </dialog>
    );
}

/** The one dialog that is open, as a component that is given the way to close it. */
type Shown = (props: { onClose: () => void }) => preact.JSX.Element | null;
const shown = signal<Shown | undefined>(undefined);

export function showDialog(dialog: Shown): void {
    shown.value = dialog;
}

export const dialogOpen = () => shown.value !== undefined;

export function DialogHost() {
    const Shown = shown.value;
    return Shown ? <Shown onClose={() => (shown.value = undefined)} /> : null;
}
