using Holdfast.Admission;
using Holdfast.Modes;

namespace Holdfast.Gateway.Modes;

/// <summary>
/// What the mode keeps away from calls: nothing in normal operation; while degraded, calls less urgent than normal
/// leave a share of the places free and so wait; in an emergency only high priority is let in.
/// </summary>
internal sealed class ModeRestriction
{
    private readonly OperationModes _modes;
    private readonly Lock _telling = new();
    private double _degradedReserve = new OperationModeOptions().DegradedReserve;
    private AdmissionRestriction _told;

    public ModeRestriction(OperationModes modes)
    {
        _modes = modes;
        modes.Changed += _ => Tell();
    }

    /// <summary>The restriction is another one. Told in order, one at a time; the listener must not block.</summary>
    public event Action<AdmissionRestriction>? Changed;

    /// <summary>The restriction that holds now.</summary>
    public AdmissionRestriction Now => For(_modes.Mode, Volatile.Read(ref _degradedReserve));

    /// <summary>The restriction of a mode.</summary>
    /// <param name="mode">The mode.</param>
    /// <param name="degradedReserve"><see cref="OperationModeOptions.DegradedReserve"/>.</param>
    public static AdmissionRestriction For(OperationMode mode, double degradedReserve) => mode switch
    {
        OperationMode.Normal => default,
        OperationMode.Degraded => new AdmissionRestriction { Reserved = degradedReserve },
        _ => new AdmissionRestriction { LeastUrgent = AdmissionPriority.High },
    };

    /// <summary>Tells what holds now, and then every change: none before it.</summary>
    /// <param name="listener">As a listener of <see cref="Changed"/>.</param>
    public void Follow(Action<AdmissionRestriction> listener)
    {
        // Under the lock, or a change that comes in between would be overtaken by what held before it.
        lock (_telling)
        {
            Changed += listener;
            listener(Now);
        }
    }

    /// <summary>Goes on with other options.</summary>
    public void Use(OperationModeOptions options)
    {
        Volatile.Write(ref _degradedReserve, options.DegradedReserve);
        Tell();
    }

    private void Tell()
    {
        lock (_telling)
        {
            var now = Now;
            if (now == _told)
            {
                return;
            }

            _told = now;
            Changed?.Invoke(now);
        }
    }
}
