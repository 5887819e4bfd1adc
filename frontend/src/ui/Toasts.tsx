import { dismiss, toasts } from '../model/toasts';
import { CloseIcon } from './icons';

/** Drawn inside an open dialog, else over the page: a dialog covers all that is not in it. */
export function Toasts() {
    return (
        <div class="toasts" role="status" aria-live="polite">
            {toasts.value.map((toast) => (
                <div key={toast.id} class={`toast is-${toast.kind}`}>
                    <span>{toast.text}</span>
                    <button
                        type="button"
                        class="round"
                        aria-label="Dismiss"
                        onClick={() => dismiss(toast.id)}
                    >
                        <CloseIcon />
                    </button>
                </div>
            ))}
        </div>
    );
}
