using System.Runtime.InteropServices;

/// <summary>
/// Loaded into a server with <c>DOTNET_STARTUP_HOOKS</c>, which wants this name and no namespace: at a SIGUSR1 the
/// server collects all its garbage and gives the memory back, so that what stays is what it holds.
/// </summary>
internal static class StartupHook
{
    // The enumeration names only a few; others go by their number.
    private const PosixSignal Usr1 = (PosixSignal)10;

    // Kept, or it would be collected itself.
    private static PosixSignalRegistration? _registration;

    public static void Initialize() => _registration = PosixSignalRegistration.Create(Usr1, static context =>
    {
        context.Cancel = true;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    });
}
