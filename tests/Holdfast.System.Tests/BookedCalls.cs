using Holdfast.Gateway;
using Holdfast.Gateway.Calls;
using Holdfast.System.Tests.Gateway;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.System.Tests;

/// <summary>
/// A call is booked at its very end (counted, logged, told to whoever watches targets), which its caller doesn't wait
/// for.
/// </summary>
internal static class BookedCalls
{
    /// <summary>Waits until no call is under way.</summary>
    public static Task BookedAsync(this GatewayApp gateway)
    {
        var calls = gateway.Services.GetRequiredService<CallsInFlight>();
        return Waiting.UntilAsync(() => calls.Count == 0, "the end of all calls");
    }
}
