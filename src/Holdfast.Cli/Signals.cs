using System.Runtime.InteropServices;

namespace Holdfast.Cli;

/// <summary>
/// SIGINT, SIGTERM and SIGUSR2 ask for an orderly end; a second one of them ends at once. SIGHUP asks for the
/// configuration to be read again.
/// </summary>
internal sealed class Signals : IDisposable
{
    // SIGUSR2 has no name in .NET; raw numbers are taken as they are.
    private const PosixSignal Usr2 = (PosixSignal)12;

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<PosixSignalRegistration> _registrations = [];

    public Signals(Action? reload = null)
    {
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, Usr2 })
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                // The first one is ours; after it, the default of a second one is what somebody wants.
                context.Cancel = _ended.TrySetResult();
                if (!context.Cancel)
                {
                    Environment.Exit(ExitCodes.Interrupted);
                }
            }));
        }

        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            reload?.Invoke();
        }));
    }

    /// <summary>Complete once somebody asked for the end.</summary>
    public Task Ended => _ended.Task;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }
    }
}
