using System.CommandLine;
using System.CommandLine.Help;
using Holdfast.Cli;

var root = new Command("holdfast", "Keeps LLM applications answering when their providers don't.")
{
    new HelpOption(),
    new VersionOption(),
    ServeVerb.Create(),
    DemoVerb.Create(),
    CheckVerb.Create(),
    ImportVerb.Create(),
    SimulatorVerb.Create(),
    StatusVerb.Create(),
    CircuitsVerb.Create(),
    HealthVerb.Create(),
    ModeVerb.Create(),
};
var parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (var error in parsed.Errors)
    {
        Console.Error.WriteLine($"holdfast: {error.Message}");
    }

    Console.Error.WriteLine("holdfast: try 'holdfast --help'");
    return ExitCodes.WrongUsage;
}

try
{
    // The verbs see to signals themselves: the servers drain, the others just end.
    return await parsed.InvokeAsync(new InvocationConfiguration
    {
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = null,
    });
}
catch (UsageException wrong)
{
    Console.Error.WriteLine($"holdfast: {wrong.Message}");
    return ExitCodes.WrongUsage;
}
catch (RefusedException refused)
{
    Console.Error.WriteLine($"holdfast: {refused.Message}");
    return ExitCodes.Failed;
}
