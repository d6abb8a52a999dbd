using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Modes;
using Holdfast.Gateway.Security;
using Holdfast.Modes;

namespace Holdfast.Gateway.Admin;

/// <summary>
/// <c>/admin/mode</c>: shows the operation mode, sets it by hand and lets go of it; below <c>components</c> it marks
/// what only people or other programs know to be degraded.
/// </summary>
internal sealed class ModeEndpoint(OperationModes modes, Func<ServerOptions> server, RefuseAsync refuse)
{
    private const int LongestName = 128;
    private const int LongestReason = 1000;

    private const string ModeShape = """an object as {"mode":"EMERGENCY","reason":"the region is down"}""";
    private const string ComponentShape = """an object as {"severity":"high","reason":"no answer for 30 s"}""";

    public Task ReadAsync(HttpContext http) =>
        JsonAnswer.WriteAsync(http, ModeReport.Of(modes.GetStatus()), AdminJson.Default.ModeReport);

    public async Task SetAsync(HttpContext http)
    {
        if (await AdminBody.ReadAsync(http, server(), AdminJson.Default.ModeRequest, ModeShape, refuse)
            is not { } request)
        {
            return;
        }

        if (request.Mode is not { Length: > 0 } word)
        {
            await refuse(http, CallError.Invalid("missing_field", $"mode: is missing; the body must be {ModeShape}"));
        }
        else if (ModeWords.ModeOf(word) is not { } mode)
        {
            await refuse(http, CallError.Invalid(
                "invalid_value", "mode: must be NORMAL, DEGRADED or EMERGENCY; DELETE leaves it to the components"));
        }
        else if (ReasonProblem(request.Reason) is { } problem)
        {
            await refuse(http, problem);
        }
        else
        {
            modes.SetByHand(mode, request.Reason!);
            await ReadAsync(http);
        }
    }

    public Task LetGoAsync(HttpContext http)
    {
        modes.LetGo();
        return ReadAsync(http);
    }

    public async Task MarkAsync(HttpContext http)
    {
        if (NameOf(http, out var wrong) is not { } name)
        {
            await refuse(http, wrong!);
            return;
        }

        if (await AdminBody.ReadAsync(http, server(), AdminJson.Default.ComponentRequest, ComponentShape, refuse)
            is not { } request)
        {
            return;
        }

        if (request.Severity is not { Length: > 0 } word)
        {
            await refuse(http, CallError.Invalid(
                "missing_field", $"severity: is missing; the body must be {ComponentShape}"));
        }
        else if (ModeWords.SeverityOf(word) is not { } severity)
        {
            await refuse(http, CallError.Invalid(
                "invalid_value", "severity: must be low, medium, high or critical"));
        }
        else if (ReasonProblem(request.Reason) is { } problem)
        {
            await refuse(http, problem);
        }
        else if (!TryMark(name, severity, request.Reason!))
        {
            await refuse(http, CallError.Invalid(
                "invalid_value", $"components: {modes.Options.MaxComponents} are marked, and no more can be"));
        }
        else
        {
            await ReadAsync(http);
        }
    }

    public async Task ClearAsync(HttpContext http)
    {
        if (NameOf(http, out var wrong) is not { } name)
        {
            await refuse(http, wrong!);
            return;
        }

        if (modes.GetStatus().Components.All(component => component.Component != name))
        {
            await refuse(http, new CallError(404, "invalid_request_error", "component_not_found",
                $"component: '{HeaderText.Encode(name)}' is not marked"));
            return;
        }

        modes.MarkHealthy(name);
        await ReadAsync(http);
    }

    private static string? NameOf(HttpContext http, out CallError? wrong)
    {
        var name = http.Request.RouteValues["name"] as string ?? "";
        wrong = name.Length is 0 or > LongestName || !HeaderText.IsPrintable(name)
            ? CallError.Invalid("invalid_value", $"component: its name must be 1 to {LongestName} printable characters")
            : TargetComponents.Prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))
                ? CallError.Invalid("invalid_value",
                    $"component: '{name}' follows from the health of targets: another name, or another health")
            : null;
        return wrong is null ? name : null;
    }

    private static CallError? ReasonProblem(string? reason) =>
        reason is not { Length: > 0 } ? CallError.Invalid("missing_field", "reason: is missing: say why, in words")
        : reason.Length > LongestReason ? CallError.Invalid(
            "invalid_value", $"reason: {reason.Length} characters: up to {LongestReason}")
        : reason.Any(char.IsControl) ? CallError.Invalid("invalid_value", "reason: must be one line of text")
        : null;

    private bool TryMark(string name, ModeSeverity severity, string reason)
    {
        try
        {
            modes.MarkDegraded(name, severity, reason);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
