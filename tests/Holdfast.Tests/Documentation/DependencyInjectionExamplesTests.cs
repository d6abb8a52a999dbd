using System.Runtime.CompilerServices;
using Holdfast.CircuitBreaking;
using Holdfast.DependencyInjection;
using Holdfast.Execution;
using Holdfast.Extensions.AI;
using Holdfast.Tests.ExtensionsAi;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Holdfast.Tests.Documentation;

/// <summary>The code and the configuration of docs/features/DependencyInjection.md.</summary>
public class DependencyInjectionExamplesTests
{
    [Fact]
    public async Task A_host_with_an_operation_a_chat_client_and_circuits()
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddJsonFile(Path.Combine(Folder(), "appsettings.example.json"));
        Configure(builder, ScriptedChatClient.Says("from openai"), ScriptedChatClient.Says("from claude"));
        using var host = builder.Build();

        await host.StartAsync();
        var said = await host.Services.GetRequiredService<Advice>().GiveAsync();

        Assert.Equal("1.1 from openai", said);
        var circuits = host.Services.GetRequiredService<CircuitRegistry>();
        Assert.Equal(3, circuits.GetOrCreate("payments").Options.FailureThreshold);
    }

    private static void Configure(HostApplicationBuilder builder, IChatClient openai, IChatClient claude)
    {
        #region AddHoldfast
        builder.Services.AddHoldfast(builder.Configuration.GetSection("Holdfast"))
            .AddOperation<decimal>("exchange-rate", services =>
            [
                new("bank", token => services.GetRequiredService<Rates>().AskBankAsync(token)),
                new("exchange", token => services.GetRequiredService<Rates>().AskExchangeAsync(token)),
            ], options => options with { IsGood = rate => rate > 0 })
            .AddChatClient("smart", [new("openai", _ => openai), new("claude", _ => claude)]);
        #endregion
        builder.Services.AddSingleton<Rates>().AddSingleton<Advice>();
    }

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    private sealed class Rates
    {
        public ValueTask<decimal> AskBankAsync(CancellationToken cancellation) => ValueTask.FromResult(1.1m);

        public ValueTask<decimal> AskExchangeAsync(CancellationToken cancellation) => ValueTask.FromResult(1.2m);
    }

    #region InjectHoldfast
    private sealed class Advice(
        [FromKeyedServices("smart")] IChatClient chat,
        [FromKeyedServices("exchange-rate")] ResilientOperation<decimal> rate)
    {
        public async Task<string> GiveAsync()
        {
            var answer = await chat.GetResponseAsync("Shall I buy?");
            return FormattableString.Invariant($"{(await rate.ExecuteAsync()).Value} {answer.Text}");
        }
    }
    #endregion
}
