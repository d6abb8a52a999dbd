using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Holdfast.System.Tests.Cli;

/// <summary>Exit codes and words of the command line.</summary>
public sealed class UsageTests : CliFixture
{
    [Theory]
    [InlineData("frobnicate")]
    [InlineData("serve", "--frobnicate")]
    [InlineData("check", "--config")]
    [InlineData("demo", "--port", "many")]
    [InlineData("demo", "--port", "70000")]
    [InlineData("simulator", "--port", "70000")]
    [InlineData("simulator", "--port", "-1")]
    [InlineData("simulator", "--scenario", "nowhere.json")]
    [InlineData]
    public async Task Wrong_usage_ends_with_2_and_says_why(params string[] arguments)
    {
        var (code, output, errors) = await CliProcess.RunAsync(Root, arguments);

        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith("holdfast: ", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Parameter '", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_version_is_one_line()
    {
        var (code, output, errors) = await CliProcess.RunAsync(Root, "--version");

        Assert.Equal((0, ""), (code, errors));
        Assert.Matches("^[0-9]+\\.[0-9]+\\.[0-9]+[^ \n]*$", output);
    }

    [Theory]
    [InlineData("serve", "--urls", "http://127.0.0.1:{port}")]
    [InlineData("demo", "--port", "{port}")]
    [InlineData("simulator", "--port", "{port}")]
    public async Task A_taken_port_is_one_clear_sentence(params string[] arguments)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        Configure(Configuration("openai/gpt-4o"));

        var (code, output, errors) = await CliProcess.RunAsync(Root,
            [.. arguments.Select(argument => argument.Replace("{port}", port, StringComparison.Ordinal))]);

        Assert.Equal((2, ""), (code, output));
        var line = Assert.Single(errors.Split('\n'), line => !line.StartsWith("admin key:", StringComparison.Ordinal));
        Assert.StartsWith("holdfast: ", line, StringComparison.Ordinal);
        Assert.Contains(port, line, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(Root, "holdfast-demo-*"));
    }

    [Fact]
    public async Task The_simulator_says_where_it_listens_and_ends_with_0()
    {
        await using var simulator = CliProcess.Start(Root, "simulator", "--port", "0");
        var url = await simulator.ListeningAsync();

        var control = await Client.GetStringAsync(new Uri(url, "/control"));
        simulator.Signal(CliProcess.Interrupt);

        Assert.Contains("\"openai\"", control, StringComparison.Ordinal);
        Assert.Equal(0, await simulator.ExitAsync(10));
        Assert.Single(simulator.Output);
    }
}
