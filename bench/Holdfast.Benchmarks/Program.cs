using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using Holdfast.Benchmarks.Allocations;
using Perfolizer.Horology;

if (args is ["allocations", ..])
{
    return await AllocationReport.RunAsync(args[1..]);
}

// Short iterations, unless somebody asks for others: what is measured takes nanoseconds, and one run has them all.
var config = ManualConfig.Create(DefaultConfig.Instance);
if (!args.Contains("--iterationTime"))
{
    config.AddJob(Job.Default.WithIterationTime(TimeInterval.FromMilliseconds(100)).AsMutator());
}

config
    .AddDiagnoser(MemoryDiagnoser.Default)
    .AddLogicalGroupRules(BenchmarkLogicalGroupRule.ByCategory)
    // Always: one interruption spoils a mean, and only some runs show it by themselves.
    .AddColumn(CategoriesColumn.Default, StatisticColumn.Median)
    .HideColumns("Error", "RatioSD", "Gen0", "Gen1", "Gen2", "Job", "IterationTime")
    .WithOptions(ConfigOptions.JoinSummary | ConfigOptions.DisableLogFile);
BenchmarkSwitcher.FromAssembly(typeof(AllocationReport).Assembly).Run(args, config);
return 0;
